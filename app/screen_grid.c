/* The step grid: velocity as shades, the network's own probabilities as heat behind them, fixed cells, the
 * playhead and the meters. */
#include "app/screen_state.h"

#include <math.h>
#include <string.h>

enum { METER_ROOM = 24, FOOTER_ROWS = 6 };

/* What one place shows. */
typedef struct place {
	step_hit hit;
	int heat;   /* 0..255 */
	cell fixed; /* what a hand has fixed there */
	bool head, cursor;
} place;

static int
heat_level(int heat)
{
	return heat > 160 ? 3 : heat > 90 ? 2 : heat > 30 ? 1 : 0;
}

/* How large a cell is drawn: whoever stands two metres away has a large terminal, or large letters. */
static int
cell_width(int columns)
{
	const int room = (COLS - GRID_COLUMN - columns / 4 - METER_ROOM) / columns;
	return room < GRID_CELL ? GRID_CELL : room > 3 * GRID_CELL ? 3 * GRID_CELL : room;
}

int
screen_grid_rows(void)
{
	const int rows = (LINES - GRID_ROW - FOOTER_ROWS) / INSTRUMENTS;
	return rows < 1 ? 1 : rows > 3 ? 3 : rows;
}

/* One row of what stands in a place, `width` columns: a hit fills it, its strokes stand at its end; a sign
 * stands in the middle row. */
static void
place_text(const place *p, const char *sign, int width, bool middle, char text[64])
{
	static const char *const shades[] = {"░", "▒", "▓", "█"};
	static const char *const strokes[] = {"", "", "2", "3", "4"};
	const int loudness = p->hit.velocity;
	const char *shade = shades[loudness < 40 ? 0 : loudness < 75 ? 1 : loudness < 105 ? 2 : 3];
	size_t n = 0;
	for (int c = 0; c < width; c++) {
		const char *what = loudness ? shade : c == 0 && middle ? sign : " ";
		if (loudness && c == width - 1 && p->hit.ratchet > 1)
			what = strokes[p->hit.ratchet & 7];
		n += (size_t)snprintf(text + n, 64 - n, "%s", what);
	}
}

static void
draw_place(int y, int x, int width, const place *p)
{
	char text[64];
	const int level = heat_level(p->heat), rows = screen_grid_rows();
	const bool sure = p->fixed.kind == CELL_HIT;
	const int kind = sure ? 2 : p->hit.velocity ? 1 : 0;
	/* A fixed hit that is not there this time, by chance or by round; a fixed rest; what may come. */
	const char *sign = sure                            ? "○"
			   : p->fixed.kind == CELL_REST    ? "×"
			   : screen.many_colours || !level ? "·"
							   : "∙";
	int colour = COLOUR_HEAT + level * HEAT_KINDS + kind;
	if (!screen.many_colours)
		colour = kind == 2    ? COLOUR_FIXED
			 : kind == 1  ? (p->hit.velocity >= 75 ? COLOUR_LOUD : COLOUR_HIT)
			 : level >= 2 ? COLOUR_WARN
				      : COLOUR_DIM;
	if (p->head || p->cursor)
		attron(p->cursor ? A_REVERSE | A_BOLD : A_REVERSE);
	for (int row = 0; row < rows; row++) {
		place_text(p, sign, width, row == rows / 2, text);
		screen_put(y + row, x, colour, text);
	}
	if (p->head || p->cursor)
		attroff(A_REVERSE | A_BOLD);
}

static int
column_of(int s, int columns)
{
	return GRID_COLUMN + s * cell_width(columns) + s / 4;
}

static void
draw_numbers(const stage_view *v, int page, int shown, int columns, int here)
{
	const metre m = v->engine.place.metre;
	const int per_beat = m.beat_type == 8 && m.beats % 3 ? 2 : metre_compound(m) ? 6 : 4;
	for (int s = 0; s < shown; s++) {
		const int step = page + s;
		char text[16];
		snprintf(text, sizeof text, "%d", step / per_beat + 1);
		screen_put(GRID_ROW - 1, column_of(s, columns), step == here ? COLOUR_LOUD : COLOUR_DIM,
			   step % per_beat == 0 ? text
			   : step == here       ? "v"
						: " ");
	}
}

static void
draw_names(const stage_view *v, int columns)
{
	const params *p = &v->player->params;
	const int x = column_of(columns, columns) + 1, room = COLS - x - 8, width = room < 24 ? room : 24;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const bool muted = params_get(p, param_slot(PARAM_MUTE, i)) > 0.5f;
		const bool solo = params_get(p, param_slot(PARAM_SOLO, i)) > 0.5f;
		const bool lock = params_get(p, param_slot(PARAM_LOCK, i)) > 0.5f;
		screen_put(screen_grid_row(i), 0,
			   muted  ? COLOUR_WARN
			   : lock ? COLOUR_FIXED
				  : COLOUR_VALUE,
			   muted  ? "M"
			   : solo ? "S"
			   : lock ? "L"
				  : " ");
		screen_put(screen_grid_row(i), 1, muted ? COLOUR_DIM : COLOUR_VALUE, instrument_name(i));
		const float db = v->peak[i] > 1e-4f ? 20.0f * log10f(v->peak[i]) : -80.0f;
		screen_bar(screen_grid_row(i), x, width, (db + 48.0f) / 48.0f, "▮", " ");
		screen_put_bound(v, screen_grid_row(i), x + width + 1, param_slot(PARAM_LEVEL, i));
	}
}

/* Step `step` of what is shown: the bar that plays from `first` on, or the editor's bar of the pattern. */
static place
look(const stage_view *v, int64_t first, int step, int instrument, int here)
{
	const bool editing = screen.page == PAGE_EDIT;
	const params *p = &v->player->params;
	const int bars = (int)params_get(p, PARAM_PATTERN_BARS);
	const int bar = editing ? screen.bar : (int)(v->engine.place.bar % bars);
	step_event e;
	place out;
	memset(&out, 0, sizeof out);
	out.fixed = params_cell(p, cell_index(bar, instrument, step));
	/* The editor shows what the bar will be: what is fixed, over what plays now. */
	if (plan_read(v->player->plan, first + step, &e)) {
		out.hit = e.hits.hit[instrument];
		out.heat = e.heat[instrument];
	}
	if (editing && out.fixed.kind != CELL_FREE) {
		memset(&out.hit, 0, sizeof out.hit);
		if (out.fixed.kind == CELL_HIT)
			out.hit = (step_hit){out.fixed.velocity, out.fixed.ratchet, 0};
	}
	out.head = v->engine.rolling && step == here;
	out.cursor = editing && step == screen.step && instrument == screen.instrument;
	return out;
}

int
screen_grid_row(int instrument)
{
	return GRID_ROW + instrument * screen_grid_rows();
}

void
screen_draw_grid(const stage_view *v)
{
	const int bar_len = v->engine.place.len, here = v->engine.place.step;
	const int at = screen.page == PAGE_EDIT ? screen.step : here;
	/* Bars that are longer than the screen turn the page. */
	const int columns = COLS >= 132 && bar_len > GRID_PAGE ? 2 * GRID_PAGE : GRID_PAGE;
	const int page = at / columns * columns;
	const int shown = bar_len - page < columns ? bar_len - page : columns;
	const int64_t first = (int64_t)floor(v->engine.position) - here;
	draw_numbers(v, page, shown, columns, here);
	draw_names(v, columns);
	for (int s = 0; s < shown; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const place p = look(v, first, page + s, i, here);
			draw_place(screen_grid_row(i), column_of(s, columns), cell_width(columns) - 1, &p);
		}
}
