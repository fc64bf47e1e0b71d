/* What the keys do, but for those that only one page has. */
#include "app/screen_state.h"

#include <math.h>

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
	const int slot = screen_controls[screen.selected];
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
