#include "control.h"
#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int control_open(struct control *control, const char *path)
{
	for (uint32_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		control->clients[i].socket = -1;
	}
	control->socket = unix_socket_bind(SOCK_STREAM, path);
	if (control->socket < 0 || listen(control->socket, CONTROL_CLIENTS_MAX) != 0) {
		return errno;
	}
	return 0;
}

void control_poll_set(const struct control *control, struct pollfd entries[CONTROL_CLIENTS_MAX + 1])
{
	entries[0] = (struct pollfd){.fd = control->socket, .events = POLLIN};
	for (uint32_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		/* poll ignores -1. */
		entries[i + 1] =
			(struct pollfd){.fd = control->clients[i].socket, .events = POLLIN};
	}
}

static void client_close(struct control_client *client)
{
	(void)close(client->socket);
	client->socket = -1;
	client->bytes = 0;
}

/* One whole line or nothing: who does not read answers is left. */
static void client_answer(struct control_client *client, const struct command_reply *reply)
{
	char text[COMMAND_REPLY_MAX + 16];
	int length = snprintf(text, sizeof text, "%s%s%s\n", reply->failed ? "error:" : "ok",
			      reply->text[0] != 0 ? " " : "", reply->text);
	if (send(client->socket, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) != length) {
		client_close(client);
	}
}

static void client_accept(struct control *control)
{
	int socket = accept4(control->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	for (uint32_t i = 0; i < CONTROL_CLIENTS_MAX && socket >= 0; i++) {
		if (control->clients[i].socket < 0) {
			control->clients[i] = (struct control_client){.socket = socket};
			return;
		}
	}
	if (socket >= 0) {
		static const char busy[] = "error: too many clients\n";
		(void)!write(socket, busy, sizeof busy - 1);
		(void)close(socket);
	}
}

static bool client_lines(struct control_client *client, struct segment *segment,
			 const struct command_hooks *hooks, uint64_t now_us)
{
	struct command_reply reply = {0};
	bool quit = false;
	char *end = NULL;
	while (client->socket >= 0 && (end = memchr(client->line, '\n', client->bytes)) != NULL) {
		uint32_t used = (uint32_t)(end - client->line) + 1;
		*end = 0;
		command_execute(segment, hooks, now_us, client->line, &reply);
		client->bytes -= used;
		memmove(client->line, client->line + used, client->bytes);
		client_answer(client, &reply);
		quit |= reply.quit;
	}
	if (client->bytes == sizeof client->line) {
		reply = (struct command_reply){.failed = true, .text = "the line is too long"};
		client_answer(client, &reply);
		if (client->socket >= 0) {
			client_close(client);
		}
	}
	return quit;
}

bool control_serve(struct control *control, const struct pollfd entries[CONTROL_CLIENTS_MAX + 1],
		   struct segment *segment, const struct command_hooks *hooks, uint64_t now_us)
{
	bool quit = false;
	for (uint32_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];
		if (client->socket < 0 || entries[i + 1].revents == 0) {
			continue;
		}
		ssize_t got = recv(client->socket, client->line + client->bytes,
				   sizeof client->line - client->bytes, 0);
		if (got > 0) {
			client->bytes += (uint32_t)got;
			quit |= client_lines(client, segment, hooks, now_us);
		} else if (got == 0 || errno != EAGAIN) {
			client_close(client);
		}
	}
	if (entries[0].revents != 0) {
		client_accept(control);
	}
	return quit;
}

/* -------------------------------------------------------------------------------- the other end */

static bool ask(FILE *there, const char *command, bool *failed)
{
	char answer[COMMAND_REPLY_MAX + 16];
	/* Who is turned away has an answer, even if nobody listens to what it says. */
	(void)fprintf(there, "%s\n", command);
	(void)fflush(there);
	if (fgets(answer, sizeof answer, there) == NULL) {
		return false;
	}
	*failed |= strncmp(answer, "ok", 2) != 0;
	(void)fputs(answer, strncmp(answer, "ok", 2) == 0 ? stdout : stderr);
	return true;
}

int control_send(const char *path, char **commands, int count)
{
	bool failed = false;
	int socket = unix_socket_connect(path);
	FILE *there = socket >= 0 ? fdopen(socket, "r+") : NULL;
	if (there == NULL) {
		(void)fprintf(stderr, "segment: no segment answers at %s: %s\n", path,
			      strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (strchr(commands[i], '\n') != NULL || strlen(commands[i]) >= COMMAND_LINE_MAX) {
			(void)fprintf(stderr, "segment: a command is one line\n");
			failed = true;
		} else if (!ask(there, commands[i], &failed)) {
			(void)fprintf(stderr, "segment: the segment ended\n");
			failed = true;
			break;
		}
	}
	(void)fclose(there);
	return failed;
}
