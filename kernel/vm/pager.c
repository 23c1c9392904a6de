/* External memory objects: asking a user task for pages, and what it answers. */
#include <kern/clock.h>
#include <kern/machine.h>
#include <kern/sched.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/zone.h>
#include <mach/memory_object.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>
#include <vm/pmap.h>

#define PAGER_HASH    64u
#define PAGER_POLL_MS 100u /* a dead port sends no answer: waiting faults look at it this often */

/* A page that was asked for. Ends when the page comes or cannot; the last of its waiters frees it.
 */
struct page_request {
	struct list link; /* on object->page_requests, until answered */
	uint32_t index;
	uint32_t waiters;
	bool sent; /* memory_object_data_request has gone out (not before memory_object_ready came
		      in) */
	bool answered;
	kern_return_t result;
	struct wait_queue queue;
};

static struct zone request_zone;
static struct list pager_hash[PAGER_HASH];

void vm_pager_init(void)
{
	zone_init(&request_zone, "vm.page_request", sizeof(struct page_request), 16384);
	for (uint32_t i = 0; i < PAGER_HASH; i++) {
		list_init(&pager_hash[i]);
	}
}

static struct list *hash_chain(const struct ipc_port *pager)
{
	return &pager_hash[((uintptr_t)pager >> 4) % PAGER_HASH];
}

/* --- requests ------------------------------------------------------------------------ */

static struct page_request *request_find(struct vm_object *object, uint32_t index)
{
	list_for_each(link, &object->page_requests)
	{
		struct page_request *request = list_entry(link, struct page_request, link);
		if (request->index == index) {
			return request;
		}
	}
	return NULL;
}

/* The page has come, or will not. The request may be freed by this. */
static void request_answer(struct page_request *request, kern_return_t result)
{
	assert(!request->answered);
	list_remove(&request->link);
	request->answered = true;
	request->result = result;
	if (request->waiters == 0) {
		zone_free(&request_zone, request);
	} else {
		wait_queue_wake_all(&request->queue, WAIT_AWAKENED);
	}
}

/* Answers all requests in [first, first + count) alike. */
static void requests_answer(struct vm_object *object, uint32_t first, uint32_t count,
			    kern_return_t result)
{
	list_for_each_safe(link, &object->page_requests)
	{
		struct page_request *request = list_entry(link, struct page_request, link);
		if (request->index - first < count) {
			request_answer(request, result);
		}
	}
}

/* The pager is gone: outstanding and later faults end with KERN_MEMORY_ERROR. */
static void pager_fail(struct vm_object *object)
{
	object->pager_failed = true;
	requests_answer(object, 0, VM_OBJECT_PAGES_MAX, KERN_MEMORY_ERROR);
}

/* Sends a request that has not gone out, once the pager is ready. False: the pager is gone. */
static bool request_send(struct vm_object *object, struct page_request *request, int access)
{
	if (request->sent || !object->pager_ready) {
		return true;
	}
	request->sent = true;
	return pager_call_data_request(object, request->index << PAGE_SHIFT, PAGE_BYTES, access) ==
	       KERN_SUCCESS;
}

static struct page_request *request_make(struct vm_object *object, uint32_t index)
{
	struct page_request *request = zone_alloc_zero(&request_zone);
	if (request != NULL) {
		request->index = index;
		wait_queue_init(&request->queue);
		list_add_tail(&object->page_requests, &request->link);
	}
	return request;
}

kern_return_t vm_pager_fetch(struct vm_object *object, uint32_t index, int access)
{
	if (object->pager_failed || !object->alive) {
		return KERN_MEMORY_ERROR;
	}
	struct page_request *request = request_find(object, index);
	if (request == NULL) {
		request = request_make(object, index);
	}
	if (request == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	request->waiters++;
	enum wait_result woken = WAIT_AWAKENED;
	while (!request->answered && woken != WAIT_INTERRUPTED) {
		if (!request_send(object, request, access) || !pager_port_alive(object->pager)) {
			pager_fail(object);
			break;
		}
		if (!request->answered) {
			woken = thread_wait(&request->queue, clock_deadline_ms(PAGER_POLL_MS));
		}
	}
	kern_return_t result = request->answered ? request->result : KERN_ABORTED;
	request->waiters--;
	if (request->waiters == 0 && request->answered) {
		zone_free(&request_zone, request);
	} else if (request->waiters == 0 && !request->sent) {
		/* Nobody waits any more and nothing was asked: as if it had never been. */
		list_remove(&request->link);
		zone_free(&request_zone, request);
	}
	return result;
}

/* --- lifetime ------------------------------------------------------------------------ */

kern_return_t vm_object_enter_pager(struct ipc_port *pager, uint32_t bytes,
				    struct vm_object **result)
{
	/* A memory object is as large as its mappings make it; what lies beyond its data its pager
	   refuses. */
	(void)bytes;
	list_for_each(link, hash_chain(pager))
	{
		struct vm_object *object = list_entry(link, struct vm_object, hash_link);
		if (object->pager == pager && object->alive) {
			vm_object_reference(object);
			*result = object;
			return KERN_SUCCESS;
		}
	}
	if (!pager_port_alive(pager)) {
		return KERN_INVALID_ARGUMENT;
	}
	/* Whoever maps the object first pays for its pages. */
	struct vm_object *object = vm_object_create_paged(current != NULL ? current->task : NULL);
	if (object == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	object->pager = pager_port_copy(pager);
	object->copy_strategy = MEMORY_OBJECT_COPY_NONE;
	list_add_head(hash_chain(pager), &object->hash_link);
	kern_return_t sent = pager_call_init(pager, object);
	if (sent != KERN_SUCCESS) {
		object->pager_failed = true;
		vm_object_release(object);
		return sent;
	}
	*result = object;
	return KERN_SUCCESS;
}

void vm_pager_terminate(struct vm_object *object)
{
	struct ipc_port *pager = object->pager;
	object->alive = false;
	list_remove(&object->hash_link);
	/* Nobody waits, for waiters hold references; requests that were given up may be left. */
	requests_answer(object, 0, VM_OBJECT_PAGES_MAX, KERN_MEMORY_ERROR);
	/* If the message cannot be sent the ports have gone all the same: the pager sees them die.
	 */
	kern_return_t told = pager_call_terminate(object);
	(void)told;
	object->pager = NULL;
	pager_port_release(pager);
}

kern_return_t vm_object_pager_ready(struct vm_object *object, bool may_cache, int copy_strategy)
{
	switch (copy_strategy) {
	case MEMORY_OBJECT_COPY_NONE:
	case MEMORY_OBJECT_COPY_CALL:
	case MEMORY_OBJECT_COPY_DELAY:
	case MEMORY_OBJECT_COPY_TEMPORARY:
		break;
	default:
		return KERN_INVALID_ARGUMENT;
	}
	object->may_cache = may_cache;
	object->copy_strategy = copy_strategy;
	object->pager_ready = true;
	/* The waiters send their requests themselves. */
	list_for_each(link, &object->page_requests)
	{
		wait_queue_wake_all(&list_entry(link, struct page_request, link)->queue,
				    WAIT_AWAKENED);
	}
	return KERN_SUCCESS;
}

/* --- answers ------------------------------------------------------------------------- */

/* [offset, offset + bytes) as whole pages of the object. */
static bool page_range(uint32_t offset, uint32_t bytes, uint32_t *first, uint32_t *count)
{
	*first = offset >> PAGE_SHIFT;
	*count = bytes >> PAGE_SHIFT;
	return ((offset | bytes) & PAGE_MASK) == 0 && *first + *count <= VM_OBJECT_PAGES_MAX;
}

/* Puts a page of the pager's message into an empty slot; a page of it that was never touched is
   zero. */
static kern_return_t supply_page(struct vm_object *object, uint32_t index, struct vm_object *data,
				 uint32_t data_index)
{
	struct vm_page *page = vm_object_page(data, data_index);
	if (page == NULL) {
		return vm_object_zero_fill(object, index, &page);
	}
	kern_return_t result = vm_object_insert(object, index, page);
	if (result == KERN_SUCCESS) {
		page->refs++; /* alone again when the message's copy is discarded */
	}
	return result;
}

kern_return_t vm_object_pager_supply(struct vm_object *object, uint32_t offset,
				     struct vm_map_copy *data, int lock_value, bool precious)
{
	uint32_t first;
	uint32_t count;
	/* Locks and precious pages matter when pages are given back, which does not happen yet. */
	(void)lock_value;
	(void)precious;
	if (!page_range(offset, vm_map_copy_bytes(data), &first, &count) ||
	    (data != NULL && !vm_map_copy_aligned(data))) {
		vm_map_copy_discard(data);
		return KERN_INVALID_ARGUMENT;
	}
	for (uint32_t i = 0; i < count; i++) {
		kern_return_t result = KERN_SUCCESS;
		if (vm_object_page(object, first + i) == NULL && object->alive) {
			result = supply_page(object, first + i, vm_map_copy_object(data), i);
			vm_event_counts.pageins++;
		}
		struct page_request *request = request_find(object, first + i);
		if (request != NULL) {
			request_answer(request, result);
		}
	}
	vm_map_copy_discard(data);
	return KERN_SUCCESS;
}

kern_return_t vm_object_pager_unavailable(struct vm_object *object, uint32_t offset, uint32_t bytes)
{
	uint32_t first;
	uint32_t count;
	if (!page_range(offset, bytes, &first, &count)) {
		return KERN_INVALID_ARGUMENT;
	}
	/* Only what was asked for: the range may be as large as the pager likes. */
	list_for_each_safe(link, &object->page_requests)
	{
		struct page_request *request = list_entry(link, struct page_request, link);
		struct vm_page *page;
		if (request->index - first < count) {
			kern_return_t result = KERN_SUCCESS;
			if (vm_object_page(object, request->index) == NULL) {
				result = vm_object_zero_fill(object, request->index, &page);
			}
			request_answer(request, result);
		}
	}
	return KERN_SUCCESS;
}

kern_return_t vm_object_pager_error(struct vm_object *object, uint32_t offset, uint32_t bytes,
				    kern_return_t error)
{
	uint32_t first;
	uint32_t count;
	/* Faults say KERN_MEMORY_ERROR whatever the pager's reason was. */
	(void)error;
	if (!page_range(offset, bytes, &first, &count)) {
		return KERN_INVALID_ARGUMENT;
	}
	requests_answer(object, first, count, KERN_MEMORY_ERROR);
	return KERN_SUCCESS;
}

kern_return_t vm_object_pager_destroy(struct vm_object *object, kern_return_t reason)
{
	(void)reason;
	if (object->pager_failed) {
		return KERN_SUCCESS;
	}
	pager_fail(object);
	/* What is resident goes too: later accesses fail. Wired pages stay until they are unwired
	   with their entries. */
	uint32_t index = 0;
	struct vm_page *page;
	for (; (page = vm_object_next_page(object, &index, VM_OBJECT_PAGES_MAX)) != NULL; index++) {
		if (page->wire_count == 0) {
			vm_object_unmap_page(object, index);
			vm_page_unref(vm_object_take(object, index));
		}
	}
	return KERN_SUCCESS;
}
