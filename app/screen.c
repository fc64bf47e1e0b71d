/* The full-screen display: ncursesw, at most 25 times a second, 80x24 and up. */
#include "app/screen.h"

#include <curses.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLOUR_DIM = 1, COLOUR_HIT, COLOUR_LOUD, COLOUR_HEAD, COLOUR_WARN, COLOUR_VALUE, COLOUR_HEAT };
enum { GRID_ROW = 6, GRID_COLUMN = 4, CELL = 3, PAGE = 16 };

static int selected; /* of the three controls */
static bool helping;
static const int controls[3] = {PARAM_TEMPO, PARAM_DENSITY, PARAM_TEMPERATURE};
static const float control_steps[3] = {1.0f, 0.02f, 0.05f};

bool
screen_open(void)
{
	setlocale(LC_ALL, "");
	SCREEN *s = newterm(NULL, stdout, stdin);
	if (!s)
		return false;
	set_term(s);
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (has_colors()) {
		const bool many = COLORS >= 256;
		start_color();
		use_default_colors();
		init_pair(COLOUR_DIM, many ? 240 : COLOR_BLUE, -1);
		init_pair(COLOUR_HIT, many ? 172 : COLOR_YELLOW, -1);
		init_pair(COLOUR_LOUD, many ? 220 : COLOR_YELLOW, -1);
		init_pair(COLOUR_HEAD, many ? 231 : COLOR_WHITE, many ? 24 : COLOR_BLUE);
		init_pair(COLOUR_WARN, many ? 203 : COLOR_RED, -1);
		init_pair(COLOUR_VALUE, many ? 80 : COLOR_CYAN, -1);
		init_pair(COLOUR_HEAT, many ? 94 : COLOR_RED, -1);
	}
	return true;
}

void
screen_close(void)
{
	endwin();
}

/* --- keys ------------------------------------------------------------------------------------------- */

static void
nudge(player *p, int slot, float by)
{
	/* Multiples of the step, so that up and down meet again. */
	const float step = fabsf(by);
	const float value = roundf((params_get(&p->params, slot) + by) / step) * step;
	const param_desc *d = param_describe(slot);
	control_set(&p->control, slot, fminf(fmaxf(value, d->low), d->high), PARAM_SOURCE_SCREEN);
}

static void
next_style(player *p, int by)
{
	const int n = model_n_styles(p->model) + 1;
	const int style = (int)params_get(&p->params, PARAM_STYLE);
	control_set(&p->control, PARAM_STYLE, (float)((style + by + n) % n), PARAM_SOURCE_SCREEN);
}

static void
command(player *p, command_id id)
{
	control_command(&p->control, id, -1, 1.0f);
}

/* F1 to F12 mute and unmute the instruments in their order. */
static void
toggle_mute(player *p, int instrument)
{
	const int slot = param_slot(PARAM_MUTE, instrument);
	control_set(&p->control, slot, params_get(&p->params, slot) > 0.5f ? 0.0f : 1.0f,
		    PARAM_SOURCE_SCREEN);
}

static void
play_key(player *p, int key)
{
	switch (key) {
	case ' ': command(p, COMMAND_TOGGLE_PLAY); break;
	case 'c': command(p, COMMAND_CONTINUE); break;
	case 't': command(p, COMMAND_TAP); break;
	case 'r': command(p, COMMAND_REGENERATE); break;
	case 'f': command(p, COMMAND_FILL); break;
	case '!': command(p, COMMAND_PANIC); break;
	case 'z':
		control_set(&p->control, PARAM_FREEZE,
			    params_get(&p->params, PARAM_FREEZE) > 0.0f ? 0.0f : 1.0f, PARAM_SOURCE_SCREEN);
		break;
	case 's': next_style(p, 1); break;
	case 'S': next_style(p, -1); break;
	case 'w': nudge(p, PARAM_SWING, 0.02f); break;
	case 'W': nudge(p, PARAM_SWING, -0.02f); break;
	case 'h': nudge(p, PARAM_HUMANIZE, 0.05f); break;
	case 'H': nudge(p, PARAM_HUMANIZE, -0.05f); break;
	case 'v': nudge(p, PARAM_VOLUME, 0.02f); break;
	case 'V': nudge(p, PARAM_VOLUME, -0.02f); break;
	case KEY_LEFT: selected = (selected + 2) % 3; break;
	case KEY_RIGHT: selected = (selected + 1) % 3; break;
	case KEY_UP: nudge(p, controls[selected], control_steps[selected]); break;
	case KEY_DOWN: nudge(p, controls[selected], -control_steps[selected]); break;
	case KEY_PPAGE: nudge(p, controls[selected], 5.0f * control_steps[selected]); break;
	case KEY_NPAGE: nudge(p, controls[selected], -5.0f * control_steps[selected]); break;
	default:
		if (key >= KEY_F(1) && key <= KEY_F(12))
			toggle_mute(p, key - KEY_F(1));
	}
}

bool
screen_key(player *p)
{
	for (int key; (key = getch()) != ERR;) {
		if (key == 'q' || key == 'Q')
			return false;
		if (key == KEY_RESIZE)
			erase();
		else if (key == '?')
			helping = !helping;
		else if (helping)
			helping = false;
		else
			play_key(p, key);
	}
	return true;
}

/* --- drawing ------------------------------------------------------------------------------------------- */

static void
put(int y, int x, int colour, const char *text)
{
	if (y >= LINES || x >= COLS)
		return;
	attron(COLOR_PAIR(colour));
	mvaddnstr(y, x, text, COLS - x);
	attroff(COLOR_PAIR(colour));
}

static void
draw_header(const stage_view *v)
{
	const host_status *h = &v->backend->status;
	const engine_status *e = &v->engine;
	char text[160];
	attron(COLOR_PAIR(COLOUR_HEAD) | A_BOLD);
	mvhline(0, 0, ' ', COLS);
	snprintf(text, sizeof text, " DRUMLIN  %s  bar %ld.%d  %d/%d%s", e->rolling ? "PLAYING" : "stopped",
		 (long)e->place.bar + 1, e->place.step / metre_steps_per_beat(e->place.metre) + 1,
		 e->place.metre.beats, e->place.metre.beat_type, e->place.metre.triplets ? " triplets" : "");
	mvaddnstr(0, 0, text, COLS);
	snprintf(text, sizeof text, "%s  sync %s  %s %u/%u%s ", stage_style(v), stage_sync(v), h->name,
		 h->rate, h->period, h->realtime ? " rt" : "");
	const int column = COLS - (int)strlen(text);
	mvaddnstr(0, column > 0 ? column : 0, text, COLS);
	attroff(COLOR_PAIR(COLOUR_HEAD) | A_BOLD);
}

static void
draw_controls(const stage_view *v)
{
	const int width = (COLS - 4) / 3;
	for (int i = 0; i < 3; i++) {
		const float value = i == 0 && v->engine.master_tempo
					? (float)v->engine.tempo
					: params_get(&v->player->params, controls[i]);
		char number[16];
		const int x = 2 + i * width, bar = width - 4;
		snprintf(number, sizeof number, "%6.2f", (double)value);
		if (i == selected)
			attron(A_BOLD);
		put(2, x, i == selected ? COLOUR_VALUE : COLOUR_DIM, i == selected ? "> " : "  ");
		put(2, x + 2, COLOUR_VALUE, param_describe(controls[i])->path);
		put(2, x + 14, COLOUR_LOUD, number);
		const int filled =
		    (int)lrintf(fminf(fmaxf(param_to_unit(controls[i], value), 0.0f), 1.0f) * (float)bar);
		for (int c = 0; c < bar; c++)
			put(3, x + 2 + c, c < filled ? COLOUR_VALUE : COLOUR_DIM, c < filled ? "━" : "─");
		attroff(A_BOLD);
	}
}

static void
draw_cell(int y, int x, const step_hit *hit, int heat, bool head)
{
	static const char *const shades[] = {"░", "▒", "▓", "█"};
	static const char *const strokes[] = {"", "", "2", "3", "4"};
	if (head)
		attron(A_REVERSE);
	if (hit->velocity) {
		const int shade = hit->velocity < 40    ? 0
				  : hit->velocity < 75  ? 1
				  : hit->velocity < 105 ? 2
							: 3;
		char text[16];
		snprintf(text, sizeof text, "%s%s", shades[shade],
			 hit->ratchet > 1 ? strokes[hit->ratchet & 7] : shades[shade]);
		put(y, x, shade >= 2 ? COLOUR_LOUD : COLOUR_HIT, text);
	} else {
		put(y, x, heat > 90 ? COLOUR_HEAT : COLOUR_DIM, heat > 90 ? "∙∙" : heat > 30 ? "∙ " : "· ");
	}
	if (head)
		attroff(A_REVERSE);
}

static void
draw_meter(int y, float peak)
{
	const int x = GRID_COLUMN + 16 * CELL + 6, width = COLS - x - 2;
	const float db = peak > 1e-4f ? 20.0f * log10f(peak) : -80.0f;
	const int filled = (int)(fmaxf(0.0f, (db + 48.0f) / 48.0f) * (float)width);
	for (int c = 0; c < width && c < 24; c++)
		put(y, x + c, c < filled ? COLOUR_VALUE : COLOUR_DIM, c < filled ? "▮" : " ");
}

static void
draw_grid(const stage_view *v)
{
	const int bar_len = v->engine.place.len;
	const metre m = v->engine.place.metre;
	const int per_beat = m.beat_type == 8 && m.beats % 3 ? 2 : metre_compound(m) ? 6 : 4;
	/* Bars longer than a page of sixteen turn the page. */
	const int here = v->engine.place.step, page = here / PAGE * PAGE;
	const int shown = bar_len - page < PAGE ? bar_len - page : PAGE;
	const int64_t first = (int64_t)v->engine.position - here + page;
	char text[16];
	for (int s = 0; s < shown; s++) {
		const int step = page + s;
		snprintf(text, sizeof text, "%d", step / per_beat + 1);
		put(GRID_ROW - 1, GRID_COLUMN + s * CELL + s / 4, step == here ? COLOUR_LOUD : COLOUR_DIM,
		    step % per_beat == 0 ? text
		    : step == here       ? "v"
					 : " ");
	}
	for (int s = shown; s < PAGE; s++)
		put(GRID_ROW - 1, GRID_COLUMN + s * CELL + s / 4, COLOUR_DIM, " ");
	for (int i = 0; i < INSTRUMENTS; i++) {
		const bool muted = params_get(&v->player->params, param_slot(PARAM_MUTE, i)) > 0.5f;
		const bool solo = params_get(&v->player->params, param_slot(PARAM_SOLO, i)) > 0.5f;
		put(GRID_ROW + i, 0, muted ? COLOUR_WARN : COLOUR_VALUE, muted ? "M" : solo ? "S" : " ");
		put(GRID_ROW + i, 1, muted ? COLOUR_DIM : COLOUR_VALUE, instrument_name(i));
		draw_meter(GRID_ROW + i, v->peak[i]);
	}
	for (int s = 0; s < PAGE; s++) {
		step_event e;
		const bool known = s < shown && plan_read(v->player->plan, first + s, &e);
		static const step_hit none;
		for (int i = 0; i < INSTRUMENTS; i++)
			draw_cell(GRID_ROW + i, GRID_COLUMN + s * CELL + s / 4,
				  known ? &e.hits.hit[i] : &none, known ? e.heat[i] : 0,
				  v->engine.rolling && page + s == here);
	}
}

static void
draw_footer(const stage_view *v)
{
	const host_status *h = &v->backend->status;
	const params *p = &v->player->params;
	char text[200], last[64];
	int y = GRID_ROW + INSTRUMENTS + 1;
	snprintf(text, sizeof text,
		 "  load %3.0f%%  xruns %u  underruns %u  voices %2u  composer %.0f us a step  seed %d",
		 v->load >= 0.0f ? (double)v->load * 100.0 : 0.0, h->xruns, v->engine.underruns,
		 v->engine.voices, v->composer.step_us, (int)params_get(p, PARAM_SEED));
	put(y, 0, h->xruns || v->engine.underruns ? COLOUR_WARN : COLOUR_DIM, text);
	snprintf(
	    text, sizeof text,
	    "  swing %.2f  humanize %.2f  freeze %d  OSC port %d, %d listening  MIDI inputs %d  bad input %u",
	    (double)params_get(p, PARAM_SWING), (double)params_get(p, PARAM_HUMANIZE),
	    (int)params_get(p, PARAM_FREEZE), v->osc_port, v->osc_subscribers, v->midi_inputs, v->ignored);
	put(y + 1, 0, COLOUR_DIM, text);
	stage_last_control(v, last, sizeof last);
	snprintf(text, sizeof text, "  %s%s   %s", *last ? "last: " : "", last, v->message);
	put(y + 2, 0, COLOUR_VALUE, text);
	put(LINES - 1, 0, COLOUR_DIM,
	    "  space play/stop   arrows tempo, density, temperature   ? help   q quit");
}

static void
draw_help(void)
{
	static const char *const lines[] = {
	    "space      play from the top, stop",
	    "c          continue where it stopped",
	    "left right choose tempo, density or temperature",
	    "up down    change it (page up, page down: in larger steps)",
	    "t          tap the tempo",
	    "f          fill up to the next bar line",
	    "r          regenerate: other music from the next step on",
	    "z          freeze the last bar, or let go",
	    "s S        next, previous style",
	    "w W        more, less swing",
	    "h H        more, less of the drummer's own timing",
	    "v V        louder, softer",
	    "F1..F12    mute BD SD CP RS CH OH LT MT HT CC RC PC",
	    "!          panic: cut all sound",
	    "q          quit",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		put(5 + (int)i, 4, COLOUR_VALUE, lines[i]);
}

void
screen_draw(const stage_view *v)
{
	erase();
	if (LINES < 20 || COLS < 64) {
		char text[256];
		stage_line(v, text, sizeof text);
		put(0, 0, COLOUR_VALUE, text);
	} else {
		draw_header(v);
		draw_controls(v);
		if (helping)
			draw_help();
		else
			draw_grid(v);
		draw_footer(v);
	}
	refresh();
}
