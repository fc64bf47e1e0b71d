#include "app/roll.h"

#include <cairo.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double cell = 14.0, row = 18.0, margin = 34.0, top = 22.0, gap = 26.0;
enum { STEPS_PER_LINE = 64 };
_Static_assert(ROLL_MAX_STEPS / STEPS_PER_LINE * 264 + 8 < 32767,
	       "cairo's images are at most 32767 rows high");

static void
draw_grid(cairo_t *c, const step_event *step, size_t from, size_t n, double y)
{
	char text[24];
	cairo_set_font_size(c, 11.0);
	for (int i = 0; i < INSTRUMENTS; i++) {
		cairo_set_source_rgb(c, 0.75, 0.75, 0.78);
		cairo_move_to(c, 8.0, y + row * (i + 0.7));
		cairo_show_text(c, instrument_name(i));
		cairo_set_source_rgb(c, i % 2 ? 0.13 : 0.11, i % 2 ? 0.13 : 0.11, i % 2 ? 0.15 : 0.13);
		cairo_rectangle(c, margin, y + row * i, cell * (double)n, row);
		cairo_fill(c);
	}
	long bar = 0;
	for (size_t s = 0; s < from + n; s++) {
		bar += step[s].bar_step == 0;
		if (s < from)
			continue;
		const double x = margin + cell * (double)(s - from);
		const double grey = step[s].bar_step == 0 ? 0.62 : step[s].bar_step % 4 == 0 ? 0.30 : 0.19;
		cairo_set_source_rgb(c, grey, grey, grey);
		cairo_rectangle(c, x, y - (step[s].bar_step == 0 ? 6.0 : 0.0),
				step[s].bar_step == 0 ? 1.5 : 1.0,
				row * INSTRUMENTS + (step[s].bar_step == 0 ? 6.0 : 0.0));
		cairo_fill(c);
		if (step[s].bar_step == 0) {
			snprintf(text, sizeof text, "%ld", bar);
			cairo_move_to(c, x + 3.0, y - 3.0);
			cairo_show_text(c, text);
		}
	}
}

static void
draw_hits(cairo_t *c, const step_event *step, size_t from, size_t n, double y)
{
	for (size_t s = from; s < from + n; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &step[s].hits.hit[i];
			const double v = h->velocity / 127.0;
			for (int k = 0; h->velocity && k < h->ratchet; k++) {
				const double at = (double)(s - from) + step_offset_to_float(h->offset) +
						  (double)k / h->ratchet;
				/* From dark to bright amber with velocity; fills are tinted red. */
				const double green = step[s].flags & STEP_FLAG_FILL ? 0.42 : 0.66;
				cairo_set_source_rgb(c, 0.25 + 0.75 * v, 0.12 + (green - 0.05) * v,
						     0.08 + 0.12 * v);
				cairo_rectangle(c, margin + cell * at, y + row * i + 2.0,
						(cell - 3.0) / h->ratchet, row - 4.0);
				cairo_fill(c);
			}
		}
}

static dr_status
save(cairo_surface_t *surface, const char *path, dr_error *err)
{
	const size_t room = strlen(path) + 16;
	char *temporary = malloc(room);
	if (!temporary)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	snprintf(temporary, room, "%s.part", path);
	dr_status status = DR_OK;
	const cairo_status_t written = cairo_surface_write_to_png(surface, temporary);
	if (written != CAIRO_STATUS_SUCCESS)
		status = error_set(err, DR_FAILED, "%s: %s", path, cairo_status_to_string(written));
	else if (rename(temporary, path) != 0)
		status = error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	if (status != DR_OK)
		unlink(temporary);
	free(temporary);
	return status;
}

dr_status
roll_write_png(const char *path, const step_event *step, size_t n_steps, dr_error *err)
{
	const size_t lines = (n_steps + STEPS_PER_LINE - 1) / STEPS_PER_LINE;
	const size_t longest = n_steps < STEPS_PER_LINE ? n_steps : STEPS_PER_LINE;
	const double width = margin + cell * (double)longest + 16.0;
	const double height = (double)lines * (top + row * INSTRUMENTS + gap) + 8.0;
	if (n_steps > ROLL_MAX_STEPS)
		return error_set(err, DR_FAILED, "%s: %zu steps are too many for one picture", path, n_steps);
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
	cairo_t *c = cairo_create(surface);
	cairo_set_source_rgb(c, 0.08, 0.08, 0.09);
	cairo_paint(c);
	cairo_select_font_face(c, "monospace", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	for (size_t line = 0; line < lines; line++) {
		const size_t from = line * STEPS_PER_LINE;
		const size_t n = n_steps - from < STEPS_PER_LINE ? n_steps - from : STEPS_PER_LINE;
		const double y = top + (double)line * (top + row * INSTRUMENTS + gap);
		draw_grid(c, step, from, n, y);
		draw_hits(c, step, from, n, y);
	}
	cairo_destroy(c);
	const dr_status status = save(surface, path, err);
	cairo_surface_destroy(surface);
	return status;
}
