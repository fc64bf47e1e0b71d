#include "app/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 3, CAPTION = 22 };

const float *
layout_rgb(layout_colour c)
{
	static const float rgb[LAYOUT_COLOURS][3] = {
	    {0.55f, 0.55f, 0.58f}, {0.88f, 0.25f, 0.22f}, {0.25f, 0.75f, 0.35f}, {0.25f, 0.55f, 0.9f},
	    {0.92f, 0.82f, 0.25f}, {0.95f, 0.55f, 0.2f},  {0.65f, 0.4f, 0.85f}};
	return rgb[c];
}

const char *
layout_colour_name(layout_colour c)
{
	static const char *const name[LAYOUT_COLOURS] = {"gray",   "red",    "green", "blue",
							 "yellow", "orange", "purple"};
	return name[c];
}

layout_rect
layout_cell(layout_rect in, int columns, int rows, int c, int r, int w, int h)
{
	const int left = in.x + in.w * c / columns + GAP, top = in.y + in.h * r / rows + GAP;
	return (layout_rect){left, top, in.x + in.w * (c + w) / columns - GAP - left,
			     in.y + in.h * (r + h) / rows - GAP - top};
}

layout_control *
layout_add(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at, const char *name)
{
	static layout_control nowhere; /* where there is no memory; the builder says so at the end */
	layout_page *p = &l->page[page];
	if (p->n == p->room) {
		const int room = p->room ? 2 * p->room : 64;
		layout_control *more = realloc(p->control, (size_t)room * sizeof *more);
		if (!more) {
			l->failed = true;
			return &nowhere;
		}
		p->control = more;
		p->room = room;
	}
	layout_control *c = &p->control[p->n++];
	*c = (layout_control){.kind = kind, .colour = colour, .at = at, .high = 1.0f};
	snprintf(c->name, sizeof c->name, "%s", name);
	return c;
}

void
layout_label(layout *l, int page, layout_rect at, const char *name, const char *text)
{
	layout_control *c = layout_add(l, page, LAYOUT_LABEL, LAYOUT_GREY, at, name);
	snprintf(c->text, sizeof c->text, "%s", text);
}

/* What is left above the caption. */
static layout_rect
captioned(layout *l, int page, layout_rect at, const char *name, const char *caption)
{
	char own[LAYOUT_NAME];
	if (!caption)
		return at;
	snprintf(own, sizeof own, "%.40s text", name);
	at.h -= CAPTION;
	layout_label(l, page, (layout_rect){at.x, at.y + at.h, at.w, CAPTION}, own, caption);
	return at;
}

void
layout_param(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at, int slot,
	     const char *caption)
{
	char name[PARAM_PATH_MAX];
	const param_desc *d = param_describe(slot);
	param_path(slot, name);
	layout_control *c = layout_add(l, page, kind, colour, captioned(l, page, at, name, caption), name);
	snprintf(c->path, sizeof c->path, "/drumlin/%s", name);
	c->low = d->low;
	c->high = d->high;
	c->whole = d->kind != PARAM_KIND_FLOAT;
	c->across = at.w > at.h;
}

void
layout_command(layout *l, int page, layout_colour colour, layout_rect at, command_id id, float value,
	       const char *caption)
{
	char path[PARAM_PATH_MAX], name[LAYOUT_NAME];
	command_path(id, -1, path);
	if (value > 1.0f || id == COMMAND_SCENE || id == COMMAND_SCENE_STORE || id == COMMAND_SCENE_CLEAR)
		snprintf(name, sizeof name, "%s %d", path, (int)value);
	else
		snprintf(name, sizeof name, "%s", path);
	layout_control *c =
	    layout_add(l, page, LAYOUT_BUTTON, colour, captioned(l, page, at, name, caption), name);
	snprintf(c->path, sizeof c->path, "/drumlin/%s", path);
	c->high = value;
}

layout_control *
layout_own(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at, const char *path)
{
	layout_control *c = layout_add(l, page, kind, colour, at, path);
	snprintf(c->path, sizeof c->path, "/drumlin/%s", path);
	c->across = at.w > at.h;
	return c;
}

dr_status
layout_build(layout *l, const layout_options *options, dr_error *err)
{
	static const struct {
		const char *name;
		void (*build)(layout *l, int page);
	} pages[LAYOUT_PAGES] = {{"play", layout_perform},
				 {"mixer", layout_mixer},
				 {"pads", layout_pads},
				 {"steps", layout_steps},
				 {"scenes", layout_scenes}};
	*l = (layout){.options = *options};
	for (int i = 0; i < LAYOUT_PAGES; i++) {
		snprintf(l->page[i].name, sizeof l->page[i].name, "%s", pages[i].name);
		pages[i].build(l, i);
	}
	return l->failed ? error_set(err, DR_FAILED, "out of memory for the layout") : DR_OK;
}

void
layout_free(layout *l)
{
	for (int i = 0; i < LAYOUT_PAGES; i++)
		free(l->page[i].control);
	memset(l, 0, sizeof *l);
}
