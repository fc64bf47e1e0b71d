/* The full-screen display: ncursesw, at most 25 times a second, 80x24 and up. */
#include "app/screen_state.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

screen_state screen = {.scene_key = -1};
const int screen_controls[3] = {PARAM_TEMPO, PARAM_DENSITY, PARAM_TEMPERATURE};

/* Control and S would stop the terminal, and us with the next line that is drawn. */
static void
let_nothing_hold_it(void)
{
	struct termios t;
	if (tcgetattr(STDIN_FILENO, &t) != 0)
		return;
	t.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	def_prog_mode(); /* endwin goes back to what was before all this */
}

bool
screen_open(void)
{
	setlocale(LC_ALL, "");
	SCREEN *s = newterm(NULL, stdout, stdin);
	if (!s)
		return false;
	set_term(s);
	screen_prepare();
	let_nothing_hold_it();
	return true;
}

/* A background for each heat, what is drawn on it in three colours: nothing, a hit, a fixed hit. */
static void
prepare_heat(void)
{
	static const short warmth[HEATS] = {-1, 52, 88, 130}, ink[HEAT_KINDS] = {240, 220, 120};
	for (int h = 0; h < HEATS; h++)
		for (int k = 0; k < HEAT_KINDS; k++)
			init_pair((short)(COLOUR_HEAT + h * HEAT_KINDS + k), h && !k ? 246 : ink[k],
				  warmth[h]);
}

void
screen_prepare(void)
{
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	const bool many = COLORS >= 256 && COLOR_PAIRS > COLOUR_HEAT + HEATS * HEAT_KINDS;
	screen.many_colours = many;
	init_pair(COLOUR_DIM, many ? 240 : COLOR_BLUE, -1);
	init_pair(COLOUR_HIT, many ? 172 : COLOR_YELLOW, -1);
	init_pair(COLOUR_LOUD, many ? 220 : COLOR_YELLOW, -1);
	init_pair(COLOUR_HEAD, many ? 231 : COLOR_WHITE, many ? 24 : COLOR_BLUE);
	init_pair(COLOUR_WARN, many ? 203 : COLOR_RED, -1);
	init_pair(COLOUR_VALUE, many ? 80 : COLOR_CYAN, -1);
	init_pair(COLOUR_FIXED, many ? 120 : COLOR_GREEN, -1);
	if (many)
		prepare_heat();
}

void
screen_close(void)
{
	endwin();
}

/* --- drawing ------------------------------------------------------------------------------------------- */

void
screen_put(int y, int x, int colour, const char *text)
{
	if (y >= LINES || x >= COLS)
		return;
	attron(COLOR_PAIR(colour));
	mvaddnstr(y, x, text, COLS - x);
	attroff(COLOR_PAIR(colour));
}

void
screen_bar(int y, int x, int width, float share, const char *full, const char *empty)
{
	const int filled = (int)lrintf(fminf(fmaxf(share, 0.0f), 1.0f) * (float)width);
	for (int c = 0; c < width; c++)
		screen_put(y, x + c, c < filled ? COLOUR_VALUE : COLOUR_DIM, c < filled ? full : empty);
}

static void
draw_header(const stage_view *v)
{
	const host_status *h = &v->host;
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

int
screen_put_bound(const stage_view *v, int y, int x, int slot)
{
	char text[MIDI_BOUND_TEXT];
	if (!v->bound || !*midi_bound_text(v->bound, slot, text))
		return 0;
	screen_put(y, x, COLOUR_FIXED, text);
	return (int)strlen(text) + 1;
}

static void
draw_controls(const stage_view *v)
{
	const int width = (COLS - 4) / 3;
	for (int i = 0; i < 3; i++) {
		const float value = i == 0 && v->engine.master_tempo
					? (float)v->engine.tempo
					: params_get(&v->player->params, screen_controls[i]);
		char number[16];
		const int x = 2 + i * width, bar = width - 4;
		snprintf(number, sizeof number, "%6.2f", (double)value);
		if (i == screen.selected)
			attron(A_BOLD);
		screen_put(2, x, i == screen.selected ? COLOUR_VALUE : COLOUR_DIM,
			   i == screen.selected ? "> " : "  ");
		screen_put(2, x + 2, COLOUR_VALUE, param_describe(screen_controls[i])->path);
		screen_put(2, x + 14, COLOUR_LOUD, number);
		attroff(A_BOLD);
		const int taken = screen_put_bound(v, 3, x + 2, screen_controls[i]);
		screen_bar(3, x + 2 + taken, bar - taken, param_to_unit(screen_controls[i], value), "━", "─");
	}
}

static void
draw_scenes(const stage_view *v)
{
	const params *p = &v->player->params;
	const unsigned used = (unsigned)params_get(p, PARAM_SCENES_USED);
	const int current = (int)params_get(p, PARAM_SCENE_CURRENT),
		  next = (int)params_get(p, PARAM_SCENE_NEXT);
	const int y = screen_grid_row(INSTRUMENTS);
	screen_put(y, 2, screen.scene_key >= 0 ? COLOUR_LOUD : COLOUR_DIM,
		   screen.scene_key >= 0 ? command_describe((command_id)screen.scene_key)->path : "scenes");
	for (int n = 1; n <= 16; n++) {
		char text[16];
		snprintf(text, sizeof text, n == next ? ">%d" : "%d", n);
		if (n == current || n == next)
			attron(A_BOLD | (n == current ? A_REVERSE : 0));
		screen_put(y, 16 + 4 * (n - 1),
			   n == next             ? COLOUR_LOUD
			   : used >> (n - 1) & 1 ? COLOUR_VALUE
						 : COLOUR_DIM,
			   text);
		attroff(A_BOLD | A_REVERSE);
	}
}

/* What has no fader of its own on the screen, in a line. */
static void
draw_more(const stage_view *v)
{
	const params *p = &v->player->params;
	char text[160], phrase[PARAM_CHOICE_MAX];
	const bool recording = params_get(p, PARAM_RECORD) >= 0.5f;
	snprintf(text, sizeof text,
		 "  swing %.2f  humanize %.2f  repeat %.2f of %s bars  freeze %d  volume %.2f",
		 (double)params_get(p, PARAM_SWING), (double)params_get(p, PARAM_HUMANIZE),
		 (double)params_get(p, PARAM_REPEAT),
		 param_choice_name(PARAM_PHRASE, (int)params_get(p, PARAM_PHRASE), phrase),
		 (int)params_get(p, PARAM_FREEZE), (double)params_get(p, PARAM_VOLUME));
	screen_put(4, 0, COLOUR_DIM, text);
	if (recording)
		screen_put(4, COLS - 6, COLOUR_WARN, "● REC");
}

static void
draw_footer(const stage_view *v)
{
	const host_status *h = &v->host;
	char text[340], last[64];
	const int grid = screen_grid_row(INSTRUMENTS), y = LINES - 5 > grid ? LINES - 5 : grid + 1;
	snprintf(text, sizeof text,
		 "  load %3.0f%%  xruns %u  underruns %u  voices %2u  composer %.0f us a step  seed %d",
		 v->load >= 0.0f ? (double)v->load * 100.0 : 0.0, h->xruns, v->engine.underruns,
		 v->engine.voices, v->composer.step_us, (int)params_get(&v->player->params, PARAM_SEED));
	screen_put(y, 0, h->xruns || v->engine.underruns ? COLOUR_WARN : COLOUR_DIM, text);
	snprintf(text, sizeof text, "  OSC port %d, %d listening  MIDI inputs %d  bad input %u", v->osc_port,
		 v->osc_subscribers, v->midi_inputs, v->ignored);
	screen_put(y + 1, 0, COLOUR_DIM, text);
	stage_last_control(v, last, sizeof last);
	snprintf(text, sizeof text, "  %s%s   %s", *last ? "last: " : "", last, v->message);
	screen_put(y + 2, 0, COLOUR_VALUE, text);
	screen_put(LINES - 1, 0, COLOUR_DIM,
		   "  space play/stop   arrows the three   tab edit   l list   ? help   q quit");
}

/* Too small for more: one line, whole. */
static void
draw_line(const stage_view *v)
{
	char text[320];
	stage_line(v, text, sizeof text);
	screen_put(0, 0, COLOUR_VALUE, text);
}

void
screen_draw(const stage_view *v)
{
	erase();
	if (LINES < SCREEN_LINES - 1 || COLS < 64) {
		draw_line(v);
		refresh();
		return;
	}
	draw_header(v);
	if (screen.page == PAGE_HELP) {
		screen_draw_help();
	} else if (screen.page == PAGE_LIST) {
		screen_draw_list(v);
	} else {
		draw_controls(v);
		if (screen.page == PAGE_EDIT)
			screen_draw_edit(v);
		else
			draw_more(v);
		screen_draw_grid(v);
		draw_scenes(v);
		draw_footer(v);
	}
	refresh();
}
