/* Help in place. */
#include "app/screen_state.h"

static const char *const left[] = {
    "space   play from the top, stop",
    "c       continue where it stopped",
    "arrows  choose tempo, density, temperature;",
    "        change it (page up, down: further)",
    "t       tap the tempo",
    "f       fill up to the next bar line",
    "r       other music from the next step on",
    "z       freeze the last bar, or let go",
    "y       compose the next bar anew",
    "Y       change a cell of what repeats",
    "i I     more, less repetition",
    "s S     next, previous style",
    "w W     more, less swing",
    "h H     more, less of the drummer's timing",
    "v V     louder, softer",
    "F1..F12 mute BD SD CP RS CH OH LT MT HT CC RC PC",
    "!       panic: cut all sound",
};

static const char *const right[] = {
    "1..9 0  call scene 1 to 10",
    "g N     call scene N: 1..9 a..g",
    "m N     store   C N  copy",
    "d N     empty",
    "u U     undo, redo",
    "k K     keep the bar, free all",
    "o       record, end it",
    "l       every control",
    "tab     step editor:",
    "  arrows  move",
    "  [ ]     bar of the pattern",
    "  enter   hit, rest, free",
    "  + -     louder, softer",
    "  p n     chance, 1 of N rounds",
    "  R       strokes",
    "  < >     earlier, later",
    "esc     back     q  quit",
};

void
screen_draw_help(void)
{
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		screen_put(2 + (int)i, 1, COLOUR_VALUE, left[i]);
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		screen_put(2 + (int)i, COLS >= 100 ? 54 : 50, COLOUR_VALUE, right[i]);
}
