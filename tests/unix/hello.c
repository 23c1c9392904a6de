/* The C library starts, prints and ends: arguments, environment, stdio, malloc, floats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv)
{
	char *text = malloc(100000);

	memset(text, 'x', 100000);
	printf("%d arguments, %s\n", argc, argv[0] != NULL ? "a name" : "no name");
	for (int i = 0; environ[i] != NULL; i++) {
		printf("%s\n", environ[i]);
	}
	printf("%.6f %c %zu\n", 1.0 / 3, text[99999], sizeof(void *));
	fflush(stdout);
	fprintf(stderr, "to stderr\n");
	return 3;
}
