/*
 * Where there is no fuzzer: feeds every file, or every file of each directory,
 * that is named on the command line to a fuzz target, once. What breaks aborts;
 * else it ends with how many inputs there were.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_BYTES = 1 << 20, PATH_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_up(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path)
{
	uint8_t *input = malloc(INPUT_BYTES);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!input || !file)
		give_up(path);
	size = fread(input, 1, INPUT_BYTES, file);
	if (ferror(file))
		give_up(path);
	fclose(file);
	LLVMFuzzerTestOneInput(input, size);
	free(input);
}

static unsigned long replay_directory(const char *path)
{
	struct dirent **entries;
	unsigned long inputs = 0;
	int n = scandir(path, &entries, NULL, alphasort);

	if (n < 0)
		give_up(path);
	for (int i = 0; i < n; i++) {
		char name[PATH_BYTES];

		if (entries[i]->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
			replay_file(name);
			inputs++;
		}
		free(entries[i]);
	}
	free(entries);
	return inputs;
}

int main(int argc, char *argv[])
{
	unsigned long inputs = 0;

	for (int i = 1; i < argc; i++) {
		struct stat about;

		if (stat(argv[i], &about) != 0)
			give_up(argv[i]);
		if (S_ISDIR(about.st_mode)) {
			inputs += replay_directory(argv[i]);
		} else {
			replay_file(argv[i]);
			inputs++;
		}
	}
	printf("replay: %lu inputs\n", inputs);
	return 0;
}
