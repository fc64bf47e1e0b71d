#include "model/json_text.h"

#include <stdlib.h>

char *
json_text(const json_t *root, size_t flags)
{
	const size_t size = root ? json_dumpb(root, NULL, 0, flags) : 0;
	char *text = size ? malloc(size + 1) : NULL;
	if (text && json_dumpb(root, text, size, flags) != size) {
		free(text);
		return NULL;
	}
	if (text)
		text[size] = '\0';
	return text;
}
