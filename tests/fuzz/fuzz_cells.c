/* libFuzzer target: any line as a cell's words; what is understood is said in words that mean the same. */
#include "app/cell_text.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_NAME "fuzz_cells"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), words[CELL_TEXT_MAX];
	int bar, step, bar_again, step_again;
	cell c, again;
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (cell_from_text(text, &bar, &step, &c)) {
		if (!cell_from_text(cell_to_text(bar, step, c, words), &bar_again, &step_again, &again) ||
		    bar != bar_again || step != step_again || cell_pack(c) != cell_pack(again) ||
		    cell_pack(cell_unpack(cell_pack(c))) != cell_pack(c))
			abort();
	}
	free(text);
	return 0;
}

#include "tests/fuzz/replay.h"
