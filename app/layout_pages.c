/* The pages of a layout, but for the step grid. */
#include "app/layout.h"

#include <stdio.h>

static layout_rect
whole(const layout *l)
{
	return (layout_rect){0, 0, l->options.width, l->options.height};
}

static void
pad_xy(layout *l, int page, layout_rect at, int x, int y, const char *path, const char *caption)
{
	char name[PARAM_PATH_MAX];
	const int height = 22;
	at.h -= height;
	layout_label(l, page, (layout_rect){at.x, at.y + at.h, at.w, height}, caption, caption);
	layout_control *c = layout_own(l, page, LAYOUT_XY, LAYOUT_PURPLE, at, path);
	snprintf(c->path_x, sizeof c->path_x, "/drumlin/%s", param_path(x, name));
	snprintf(c->path_y, sizeof c->path_y, "/drumlin/%s", param_path(y, name));
	c->low = param_describe(x)->low;
	c->high = param_describe(x)->high;
}

/* The buttons with which a tablet makes itself known, for programs that cannot do it by themselves. */
static void
connection(layout *l, int page, layout_rect at)
{
	char path[OSC_PATH_MAX];
	const bool secret = l->options.token != NULL;
	layout_rect left = layout_cell(at, 2, 1, 0, 0, secret ? 1 : 2, 1);
	const layout_rect text = {left.x, left.y + left.h - 22, left.w, 22};
	left.h -= 22;
	layout_label(l, page, text, "connect text", "connect");
	layout_control *c = layout_own(l, page, LAYOUT_BUTTON, LAYOUT_GREY, left, "subscribe/all");
	c->high = l->options.port ? (float)l->options.port : 1.0f;
	if (!secret)
		return;
	layout_rect right = layout_cell(at, 2, 1, 1, 0, 1, 1);
	layout_label(l, page, (layout_rect){right.x, right.y + right.h - 22, right.w, 22}, "token text",
		     "token");
	right.h -= 22;
	c = layout_own(l, page, LAYOUT_BUTTON, LAYOUT_GREY, right, "token");
	snprintf(path, sizeof path, "/drumlin/token/%.32s", l->options.token);
	snprintf(c->path, sizeof c->path, "%s", path);
}

void
layout_perform(layout *l, int page)
{
	const layout_rect all = whole(l);
	static const struct {
		command_id id;
		layout_colour colour;
		int c, r, w, h;
		const char *text;
	} buttons[] = {
	    {COMMAND_PLAY, LAYOUT_GREEN, 0, 0, 4, 3, "play"},
	    {COMMAND_STOP, LAYOUT_RED, 4, 0, 4, 3, "stop"},
	    {COMMAND_CONTINUE, LAYOUT_GREEN, 8, 0, 2, 3, "continue"},
	    {COMMAND_TAP, LAYOUT_YELLOW, 10, 0, 3, 3, "tap"},
	    {COMMAND_FILL, LAYOUT_ORANGE, 0, 3, 4, 2, "fill"},
	    {COMMAND_VARY, LAYOUT_ORANGE, 4, 3, 3, 2, "vary"},
	    {COMMAND_MUTATE, LAYOUT_ORANGE, 7, 3, 3, 2, "mutate"},
	    {COMMAND_REGENERATE, LAYOUT_BLUE, 10, 3, 3, 2, "regenerate"},
	    {COMMAND_UNDO, LAYOUT_GREY, 13, 2, 3, 1, "undo"},
	    {COMMAND_REDO, LAYOUT_GREY, 13, 3, 3, 1, "redo"},
	    {COMMAND_PANIC, LAYOUT_RED, 13, 4, 3, 1, "panic"},
	};
	static const struct {
		int slot;
		layout_colour colour;
		const char *text;
	} faders[] = {{PARAM_TEMPO, LAYOUT_YELLOW, "tempo"},          {PARAM_DENSITY, LAYOUT_BLUE, "density"},
		      {PARAM_TEMPERATURE, LAYOUT_RED, "temperature"}, {PARAM_REPEAT, LAYOUT_ORANGE, "repeat"},
		      {PARAM_FREEZE, LAYOUT_BLUE, "freeze"},          {PARAM_SWING, LAYOUT_GREEN, "swing"},
		      {PARAM_HUMANIZE, LAYOUT_GREEN, "humanize"},     {PARAM_VOLUME, LAYOUT_GREY, "volume"}};
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		layout_command(
		    l, page, buttons[i].colour,
		    layout_cell(all, 16, 14, buttons[i].c, buttons[i].r, buttons[i].w, buttons[i].h),
		    buttons[i].id, 1.0f, buttons[i].text);
	connection(l, page, layout_cell(all, 16, 14, 13, 1, 3, 1));
	layout_own(l, page, LAYOUT_LIGHT, LAYOUT_GREEN, layout_cell(all, 16, 14, 13, 0, 3, 1), "playing");
	const layout_rect left = layout_cell(all, 16, 14, 0, 5, 9, 9),
			  right = layout_cell(all, 16, 14, 9, 5, 7, 9);
	for (int i = 0; i < 8; i++)
		layout_param(l, page, LAYOUT_FADER, faders[i].colour, layout_cell(left, 8, 1, i, 0, 1, 1),
			     faders[i].slot, faders[i].text);
	/* Side by side where it is wide, else one above the other. */
	const bool wide = right.w > right.h;
	pad_xy(l, page, layout_cell(right, 2, 2, 0, 0, wide ? 1 : 2, wide ? 2 : 1), PARAM_KIT_X, PARAM_KIT_Y,
	       "kit/xy", "kits");
	pad_xy(l, page, layout_cell(right, 2, 2, wide, !wide, wide ? 1 : 2, wide ? 2 : 1), PARAM_STYLE_X,
	       PARAM_STYLE_Y, "style/xy", "styles");
}

void
layout_mixer(layout *l, int page)
{
	static const char *const row[] = {"pan", "level", "mute", "solo"};
	static const int top[] = {1, 2, 10, 12};
	static const int high[] = {1, 8, 2, 2};
	const layout_rect all = whole(l);
	char path[OSC_PATH_MAX];
	for (int k = 0; k < 4; k++)
		layout_label(l, page, layout_cell(all, 14, 14, 0, top[k], 1, high[k]), row[k], row[k]);
	for (int i = 0; i < INSTRUMENTS; i++) {
		layout_label(l, page, layout_cell(all, 14, 14, i + 1, 0, 1, 1), instrument_name(i),
			     instrument_name(i));
		layout_param(l, page, LAYOUT_FADER, LAYOUT_YELLOW, layout_cell(all, 14, 14, i + 1, 1, 1, 1),
			     param_slot(PARAM_PAN, i), NULL);
		const layout_rect strip = {all.x + all.w * (i + 1) / 14, all.y + all.h * 2 / 14, all.w / 14,
					   all.h * 8 / 14};
		layout_param(l, page, LAYOUT_FADER, LAYOUT_GREEN, layout_cell(strip, 4, 1, 0, 0, 3, 1),
			     param_slot(PARAM_LEVEL, i), NULL);
		snprintf(path, sizeof path, "%s/meter", instrument_name(i));
		layout_own(l, page, LAYOUT_LIGHT, LAYOUT_ORANGE, layout_cell(strip, 4, 1, 3, 0, 1, 1), path);
		layout_param(l, page, LAYOUT_TOGGLE, LAYOUT_RED, layout_cell(all, 14, 14, i + 1, 10, 1, 2),
			     param_slot(PARAM_MUTE, i), NULL);
		layout_param(l, page, LAYOUT_TOGGLE, LAYOUT_YELLOW, layout_cell(all, 14, 14, i + 1, 12, 1, 2),
			     param_slot(PARAM_SOLO, i), NULL);
	}
	layout_label(l, page, layout_cell(all, 14, 14, 13, 0, 1, 1), "main", "main");
	const layout_rect strip = {all.x + all.w * 13 / 14, all.y + all.h / 14, all.w / 14, all.h * 13 / 14};
	layout_param(l, page, LAYOUT_FADER, LAYOUT_GREY, layout_cell(strip, 4, 1, 0, 0, 2, 1), PARAM_VOLUME,
		     NULL);
	layout_own(l, page, LAYOUT_LIGHT, LAYOUT_ORANGE, layout_cell(strip, 4, 1, 2, 0, 1, 1),
		   "main/meter/left");
	layout_own(l, page, LAYOUT_LIGHT, LAYOUT_ORANGE, layout_cell(strip, 4, 1, 3, 0, 1, 1),
		   "main/meter/right");
}

/* Four by three, the kick at the lower left. */
void
layout_pads(layout *l, int page)
{
	static const layout_colour colour[] = {LAYOUT_RED, LAYOUT_ORANGE, LAYOUT_YELLOW};
	const layout_rect all = whole(l);
	for (int i = 0; i < INSTRUMENTS; i++) {
		char path[PARAM_PATH_MAX];
		layout_rect at = layout_cell(all, 4, 3, i % 4, 2 - i / 4, 1, 1);
		at.h -= 22;
		layout_label(l, page, (layout_rect){at.x, at.y + at.h, at.w, 22}, instrument_name(i),
			     instrument_title(i));
		layout_own(l, page, LAYOUT_PAD, colour[i / 4], at, command_path(COMMAND_TRIGGER, i, path));
	}
}

void
layout_scenes(layout *l, int page)
{
	const layout_rect all = whole(l);
	char text[8];
	for (int n = 1; n <= 16; n++) {
		const int c = (n - 1) % 8, r = (n - 1) / 8;
		snprintf(text, sizeof text, "%d", n);
		layout_command(l, page, LAYOUT_GREEN, layout_cell(all, 8, 14, c, 1 + 2 * r, 1, 2),
			       COMMAND_SCENE, (float)n, text);
		layout_command(l, page, LAYOUT_ORANGE, layout_cell(all, 8, 14, c, 6 + r, 1, 1),
			       COMMAND_SCENE_STORE, (float)n, NULL);
		layout_command(l, page, LAYOUT_RED, layout_cell(all, 8, 14, c, 9 + r, 1, 1),
			       COMMAND_SCENE_CLEAR, (float)n, NULL);
	}
	layout_label(l, page, layout_cell(all, 8, 14, 0, 0, 8, 1), "call", "call");
	layout_label(l, page, layout_cell(all, 8, 14, 0, 5, 8, 1), "store", "store");
	layout_label(l, page, layout_cell(all, 8, 14, 0, 8, 8, 1), "clear", "clear");
	layout_param(l, page, LAYOUT_FADER, LAYOUT_GREY, layout_cell(all, 8, 14, 0, 11, 2, 1),
		     PARAM_SCENE_WHEN, "now, bar, phrase");
	layout_param(l, page, LAYOUT_FADER, LAYOUT_BLUE, layout_cell(all, 8, 14, 2, 11, 3, 1), PARAM_SCENE_A,
		     "morph from");
	layout_param(l, page, LAYOUT_FADER, LAYOUT_BLUE, layout_cell(all, 8, 14, 5, 11, 3, 1), PARAM_SCENE_B,
		     "morph to");
	layout_param(l, page, LAYOUT_FADER, LAYOUT_PURPLE, layout_cell(all, 8, 14, 0, 12, 6, 2),
		     PARAM_SCENE_MORPH, "morph");
	layout_command(l, page, LAYOUT_GREY, layout_cell(all, 8, 14, 6, 12, 1, 2), COMMAND_UNDO, 1.0f,
		       "undo");
	layout_command(l, page, LAYOUT_GREY, layout_cell(all, 8, 14, 7, 12, 1, 2), COMMAND_REDO, 1.0f,
		       "redo");
}
