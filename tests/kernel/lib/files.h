/* What the tests of the file server share. */
#pragma once

#include "server.h"
#include <gen/file.h>
#include <masix/file.h>

extern mach_port_t files_public; /* the port that anybody may have */
extern mach_port_t files_root;   /* the root directory without restriction */

/* Finds the server whose task the boot script gave as "server=...", when it serves. */
void files_begin(void);
/* Ends it, and drops the ports. */
void files_end(void);

/* Whose a call is: nobody checked, or this user of this group. */
struct files_identity {
	natural_t words[4];
	natural_t count;
};
extern const struct files_identity files_any;
struct files_identity files_user(natural_t uid, natural_t gid);

/* The calls of masix/file.defs, with text for paths, from "directory". */
kern_return_t files_open_as(struct files_identity who, mach_port_t directory, const char *path,
			    natural_t flags, natural_t mode, mach_port_t *file);
kern_return_t files_open(const char *path, natural_t flags, mach_port_t *file);
/* The same, and the test needs it. */
mach_port_t files_need(const char *path, natural_t flags);
kern_return_t files_make_directory(const char *path, natural_t mode);
kern_return_t files_make_node(const char *path, natural_t mode, int64_t device);
kern_return_t files_make_symlink(const char *path, const char *target);
kern_return_t files_link(const char *path, const char *to);
kern_return_t files_unlink(const char *path, natural_t flags);
kern_return_t files_rename(const char *path, const char *to, natural_t flags);
kern_return_t files_attributes(const char *path, natural_t flags, file_attributes_t *attributes);

/* Writes text at an offset; reads and compares. */
kern_return_t files_write(mach_port_t file, int64_t offset, const char *text);
boolean_t files_has(mach_port_t file, int64_t offset, const char *text);
void files_close(mach_port_t file);

/* How many objects the server has when only files_public and files_root are there. */
#define FILES_OBJECTS 2
