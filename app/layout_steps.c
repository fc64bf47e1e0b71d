/* The step grid: what hands have fixed, under each cell what the network plays, above the playhead. */
#include "app/layout.h"

#include <stdio.h>

enum { COLUMNS = 18, ROWS = 15, STEPS = 16 };

/* A toggled cell is a hit as hard as 100 of 127. */
static const float toggled = 0.8f;

static void
row(layout *l, int page, layout_rect all, int i)
{
	char path[OSC_PATH_MAX];
	const layout_colour colour = i < INST_CH ? LAYOUT_RED : i < INST_LT ? LAYOUT_YELLOW : LAYOUT_BLUE;
	layout_label(l, page, layout_cell(all, COLUMNS, ROWS, 0, i + 1, 1, 1), instrument_name(i),
		     instrument_name(i));
	for (int n = 1; n <= STEPS; n++) {
		const layout_rect box = {all.x + all.w * n / COLUMNS, all.y + all.h * (i + 1) / ROWS,
					 all.w / COLUMNS, all.h / ROWS};
		snprintf(path, sizeof path, "%s/step/%d", instrument_name(i), n);
		layout_own(l, page, LAYOUT_TOGGLE, (n - 1) / 4 % 2 ? LAYOUT_GREY : colour,
			   (layout_rect){box.x + 2, box.y + 2, box.w - 4, box.h - 12}, path)
		    ->high = toggled;
		snprintf(path, sizeof path, "%s/plays/%d", instrument_name(i), n);
		layout_own(l, page, LAYOUT_LIGHT, LAYOUT_GREEN,
			   (layout_rect){box.x + 2, box.y + box.h - 9, box.w - 4, 7}, path);
	}
	layout_param(l, page, LAYOUT_TOGGLE, LAYOUT_PURPLE, layout_cell(all, COLUMNS, ROWS, 17, i + 1, 1, 1),
		     param_slot(PARAM_LOCK, i), NULL);
}

void
layout_steps(layout *l, int page)
{
	const layout_rect all = {0, 0, l->options.width, l->options.height};
	char name[OSC_PATH_MAX], text[LAYOUT_TEXT];
	for (int n = 1; n <= STEPS; n++) {
		snprintf(name, sizeof name, "playhead/%d", n);
		layout_own(l, page, LAYOUT_LIGHT, LAYOUT_GREEN, layout_cell(all, COLUMNS, ROWS, n, 0, 1, 1),
			   name);
	}
	layout_label(l, page, layout_cell(all, COLUMNS, ROWS, 17, 0, 1, 1), "lock", "lock");
	for (int i = 0; i < INSTRUMENTS; i++)
		row(l, page, all, i);
	for (int bar = 1; bar <= CELL_BARS; bar++) {
		layout_rect at = layout_cell(all, COLUMNS, ROWS, 2 * bar - 1, 13, 2, 2);
		snprintf(text, sizeof text, "edit bar %d", bar);
		snprintf(name, sizeof name, "edit %d text", bar);
		at.h -= 22;
		layout_label(l, page, (layout_rect){at.x, at.y + at.h, at.w, 22}, name, text);
		layout_control *c = layout_own(l, page, LAYOUT_BUTTON, LAYOUT_BLUE, at, "pattern/edit");
		snprintf(c->name, sizeof c->name, "edit %d", bar);
		c->high = (float)bar;
	}
	layout_param(l, page, LAYOUT_FADER, LAYOUT_BLUE, layout_cell(all, COLUMNS, ROWS, 9, 13, 3, 2),
		     PARAM_PATTERN_BARS, "bars");
	layout_command(l, page, LAYOUT_GREEN, layout_cell(all, COLUMNS, ROWS, 12, 13, 2, 2), COMMAND_KEEP,
		       1.0f, "keep");
	layout_command(l, page, LAYOUT_RED, layout_cell(all, COLUMNS, ROWS, 14, 13, 2, 2), COMMAND_CLEAR,
		       1.0f, "clear");
	layout_command(l, page, LAYOUT_GREY, layout_cell(all, COLUMNS, ROWS, 16, 13, 2, 2), COMMAND_UNDO,
		       1.0f, "undo");
}
