/* See dos.h. */
#include "dos.h"
#include <gen/file.h>
#include <mach/vm_prot.h>

#define DOS "/bin/dos"

mach_port_t dos_open_file(const char *path, natural_t flags)
{
	file_attributes_t attributes;
	mach_port_t file = MACH_PORT_NULL;

	need(file_open(standard_port(STANDARD_PORT_ROOT), NULL, 0, path, strlen(path), flags, 0644,
		       &file, &attributes),
	     path);
	return file;
}

void dos_close_file(mach_port_t file)
{
	need(mach_port_deallocate(mach_task_self(), file), "a file's port");
}

static natural_t wait_for(natural_t id, int wait_ms)
{
	natural_t ended = 0, status = 0;

	for (int waited = 0; process_wait(standard_process_port(), id, PROCESS_WAIT_NOW, &ended,
					  &status) == KERN_TIMEDOUT;
	     waited += 20) {
		if (waited > wait_ms) {
			need(process_kill(standard_process_port(), id), "process_kill");
			waited = 0;
		}
		node_sleep_ms(20);
	}
	return status;
}

struct dos_process dos_start(const char *words, size_t words_bytes,
			     mach_port_t ports[STANDARD_PORTS])
{
	static const char environment[] = "PATH=/bin";
	mach_port_t program = dos_open_file(DOS, FILE_READ | FILE_EXECUTE);
	mach_port_t image = MACH_PORT_NULL;
	struct dos_process process = {.port = MACH_PORT_NULL};
	int64_t bytes = 0;

	need(file_map(program, VM_PROT_READ | VM_PROT_EXECUTE, &image, &bytes), "file_map");
	need(process_spawn(standard_process_port(), image, MACH_MSG_TYPE_MOVE_SEND,
			   (natural_t)bytes, "dos", (pointer_t)words, words_bytes,
			   (pointer_t)environment, sizeof environment, ports,
			   MACH_MSG_TYPE_COPY_SEND, STANDARD_PORTS, 0, PROCESS_PAGES_INHERIT,
			   &process.port, &process.id),
	     "process_spawn");
	dos_close_file(program);
	return process;
}

natural_t dos_finish(struct dos_process process, int wait_ms)
{
	natural_t status = wait_for(process.id, wait_ms);

	need(mach_port_deallocate(mach_task_self(), process.port), "a process's port");
	return status;
}

natural_t dos_run(const char *words, size_t words_bytes, mach_port_t ports[STANDARD_PORTS],
		  int wait_ms)
{
	return dos_finish(dos_start(words, words_bytes, ports), wait_ms);
}
