/* The full-screen display: ncursesw, at most 25 times a second, 80x24 and up. */
#include "app/screen_state.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

screen_state screen = {.scene_key = -1};
static const int controls[3] = {PARAM_TEMPO, PARAM_DENSITY, PARAM_TEMPERATURE};

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

/* --- keys ------------------------------------------------------------------------------------------- */

void
screen_nudge(player *p, int slot, int direction, bool big)
{
	const param_desc *d = param_describe(slot);
	const float value = params_get(&p->params, slot), many = big ? 10.0f : 1.0f;
	float to;
	if (d->kind != PARAM_KIND_FLOAT)
		to = value + (float)direction * (d->high - d->low > 20.0f ? many : 1.0f);
	else if (d->curve == PARAM_CURVE_LOG)
		to = param_from_unit(slot, param_to_unit(slot, value) + (float)direction * 0.02f * many);
	else {
		/* Multiples of the step, so that up and down meet again. */
		const float step = slot == PARAM_TEMPO ? 1.0f : (d->high - d->low) / 50.0f;
		to = (roundf(value / step) + (float)direction * (big ? 5.0f : 1.0f)) * step;
	}
	control_set(&p->control, slot, fminf(fmaxf(to, d->low), params_high(&p->params, slot)),
		    PARAM_SOURCE_SCREEN);
}

static void
flip(player *p, int slot)
{
	control_set(&p->control, slot, params_get(&p->params, slot) > 0.0f ? 0.0f : 1.0f,
		    PARAM_SOURCE_SCREEN);
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

/* Scene 1 to 9 by digit, 10 to 16 by a to g; 0 is the tenth too. */
static int
scene_of(int key)
{
	if (key >= '1' && key <= '9')
		return key - '0';
	return key == '0' ? 10 : key >= 'a' && key <= 'g' ? key - 'a' + 10 : 0;
}

static bool
scene_key(player *p, int key)
{
	const int number = scene_of(key);
	if (screen.scene_key >= 0) {
		if (number)
			control_command(&p->control, (command_id)screen.scene_key, -1, (float)number);
		screen.scene_key = -1;
		return true;
	}
	switch (key) {
	case 'g': screen.scene_key = COMMAND_SCENE; return true;
	case 'm': screen.scene_key = COMMAND_SCENE_STORE; return true;
	case 'd': screen.scene_key = COMMAND_SCENE_CLEAR; return true;
	case 'C': screen.scene_key = COMMAND_SCENE_COPY; return true;
	default: break;
	}
	if (key < '0' || key > '9')
		return false;
	control_command(&p->control, COMMAND_SCENE, -1, (float)number);
	return true;
}

static bool
command_key(player *p, int key)
{
	switch (key) {
	case ' ': command(p, COMMAND_TOGGLE_PLAY); return true;
	case 'c': command(p, COMMAND_CONTINUE); return true;
	case 't': command(p, COMMAND_TAP); return true;
	case 'r': command(p, COMMAND_REGENERATE); return true;
	case 'f': command(p, COMMAND_FILL); return true;
	case 'y': command(p, COMMAND_VARY); return true;
	case 'Y': command(p, COMMAND_MUTATE); return true;
	case 'u': command(p, COMMAND_UNDO); return true;
	case 'U': command(p, COMMAND_REDO); return true;
	case 'k': command(p, COMMAND_KEEP); return true;
	case 'K': command(p, COMMAND_CLEAR); return true;
	case '!': command(p, COMMAND_PANIC); return true;
	default: return scene_key(p, key);
	}
}

static void
control_key(player *p, int key)
{
	const int slot = controls[screen.selected];
	switch (key) {
	case 'z': flip(p, PARAM_FREEZE); break;
	case 'o': flip(p, PARAM_RECORD); break;
	case 's': next_style(p, 1); break;
	case 'S': next_style(p, -1); break;
	case 'w': screen_nudge(p, PARAM_SWING, 1, false); break;
	case 'W': screen_nudge(p, PARAM_SWING, -1, false); break;
	case 'h': screen_nudge(p, PARAM_HUMANIZE, 1, false); break;
	case 'H': screen_nudge(p, PARAM_HUMANIZE, -1, false); break;
	case 'v': screen_nudge(p, PARAM_VOLUME, 1, false); break;
	case 'V': screen_nudge(p, PARAM_VOLUME, -1, false); break;
	case 'i': screen_nudge(p, PARAM_REPEAT, 1, false); break;
	case 'I': screen_nudge(p, PARAM_REPEAT, -1, false); break;
	case KEY_LEFT: screen.selected = (screen.selected + 2) % 3; break;
	case KEY_RIGHT: screen.selected = (screen.selected + 1) % 3; break;
	case KEY_UP: screen_nudge(p, slot, 1, false); break;
	case KEY_DOWN: screen_nudge(p, slot, -1, false); break;
	case KEY_PPAGE: screen_nudge(p, slot, 1, true); break;
	case KEY_NPAGE: screen_nudge(p, slot, -1, true); break;
	default:
		if (key >= KEY_F(1) && key <= KEY_F(12)) /* the instruments in their order */
			flip(p, param_slot(PARAM_MUTE, key - KEY_F(1)));
	}
}

static bool
page_key(int key)
{
	if (key == '?')
		screen.page = screen.page == PAGE_HELP ? PAGE_PLAY : PAGE_HELP;
	else if (key == '\t')
		screen.page = screen.page == PAGE_EDIT ? PAGE_PLAY : PAGE_EDIT;
	else if (key == 'l')
		screen.page = screen.page == PAGE_LIST ? PAGE_PLAY : PAGE_LIST;
	else if (key == 27 || screen.page == PAGE_HELP)
		screen.page = PAGE_PLAY;
	else
		return false;
	return true;
}

bool
screen_press(player *p, int key)
{
	if (key == KEY_RESIZE) {
		erase();
		return true;
	}
	/* Where letters are typed they mean themselves. */
	if (screen.page == PAGE_LIST && screen_list_key(p, key))
		return true;
	if (screen.scene_key < 0 && (key == 'q' || key == 'Q'))
		return false;
	if (screen.page == PAGE_EDIT && screen.scene_key < 0 && screen_edit_key(p, key))
		return true;
	if ((screen.scene_key < 0 && page_key(key)) || command_key(p, key))
		return true;
	control_key(p, key);
	return true;
}

bool
screen_key(player *p)
{
	for (int key; (key = getch()) != ERR;)
		if (!screen_press(p, key))
			return false;
	return true;
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
		if (i == screen.selected)
			attron(A_BOLD);
		screen_put(2, x, i == screen.selected ? COLOUR_VALUE : COLOUR_DIM,
			   i == screen.selected ? "> " : "  ");
		screen_put(2, x + 2, COLOUR_VALUE, param_describe(controls[i])->path);
		screen_put(2, x + 14, COLOUR_LOUD, number);
		screen_bar(3, x + 2, bar, param_to_unit(controls[i], value), "━", "─");
		attroff(A_BOLD);
	}
}

static void
draw_scenes(const stage_view *v)
{
	const params *p = &v->player->params;
	const unsigned used = (unsigned)params_get(p, PARAM_SCENES_USED);
	const int current = (int)params_get(p, PARAM_SCENE_CURRENT),
		  next = (int)params_get(p, PARAM_SCENE_NEXT);
	const int y = GRID_ROW + INSTRUMENTS;
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
	const host_status *h = &v->backend->status;
	char text[200], last[64];
	const int y = LINES - 5 > GRID_ROW + INSTRUMENTS ? LINES - 5 : GRID_ROW + INSTRUMENTS + 1;
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
