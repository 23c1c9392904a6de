/* Circular doubly linked lists with the link inside the object. A list head is a link of its own;
   an unlinked element points to itself, so that removal is idempotent and "is it on a list" costs
   one compare. No locks: the kernel is uniprocessor and does not preempt itself. */
#pragma once

#include <kern/types.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_after(struct list *position, struct list *element)
{
	element->next = position->next;
	element->prev = position;
	position->next->prev = element;
	position->next = element;
}

static inline void list_add_head(struct list *head, struct list *element)
{
	list_add_after(head, element);
}

static inline void list_add_tail(struct list *head, struct list *element)
{
	list_add_after(head->prev, element);
}

static inline void list_remove(struct list *element)
{
	element->next->prev = element->prev;
	element->prev->next = element->next;
	list_init(element);
}

#define list_entry(link, type, member) container_of(link, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)

#define list_for_each(link, head)                                                                  \
	for (struct list *link = (head)->next; link != (head); link = link->next)
/* As list_for_each; the current element may be removed by the body. */
#define list_for_each_safe(link, head)                                                             \
	for (struct list *link = (head)->next, *link##_next = link->next; link != (head);          \
	     link = link##_next, link##_next = link->next)
