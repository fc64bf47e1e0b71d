/* Every parameter and command in one list: whatever has no key of its own is reached here. */
#include "app/screen_state.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { LIST_TOP = 4, ENTRIES = PARAM_SLOTS + COMMANDS * (INSTRUMENTS + 1) };

/* An entry's path; empty for what there is none of (a command that is not for each instrument). */
static const char *
entry_path(int entry, char path[PARAM_PATH_MAX])
{
	path[0] = '\0';
	if (entry < PARAM_SLOTS)
		return param_path(entry, path);
	const int n = entry - PARAM_SLOTS, instrument = n % (INSTRUMENTS + 1) - 1;
	const command_id id = (command_id)(n / (INSTRUMENTS + 1));
	if (command_describe(id)->per_instrument == (instrument >= 0))
		command_path(id, instrument, path);
	return path;
}

static int
matching(int *entries)
{
	char path[PARAM_PATH_MAX];
	int n = 0;
	for (int i = 0; i < ENTRIES; i++)
		if (*entry_path(i, path) && strstr(path, screen.filter))
			entries[n++] = i;
	return n;
}

static void
press(player *p, int entry, int key)
{
	if (entry >= PARAM_SLOTS) {
		const int n = entry - PARAM_SLOTS;
		if (key == '\n' || key == KEY_ENTER || key == KEY_RIGHT)
			control_command(&p->control, (command_id)(n / (INSTRUMENTS + 1)),
					n % (INSTRUMENTS + 1) - 1, 1.0f);
		return;
	}
	const param_desc *d = param_describe(entry);
	const float value = params_get(&p->params, entry);
	if (key == KEY_LEFT || key == KEY_RIGHT)
		screen_nudge(p, entry, key == KEY_RIGHT ? 1 : -1, false);
	else if (key == '-' || key == '+')
		screen_nudge(p, entry, key == '+' ? 1 : -1, true);
	else if (key == KEY_HOME)
		control_set(&p->control, entry, d->initial, PARAM_SOURCE_SCREEN);
	else if (d->kind == PARAM_KIND_TOGGLE)
		control_set(&p->control, entry, value > 0.5f ? 0.0f : 1.0f, PARAM_SOURCE_SCREEN);
	else if (d->kind == PARAM_KIND_CHOICE)
		control_set(&p->control, entry, value < d->high ? value + 1.0f : d->low, PARAM_SOURCE_SCREEN);
}

/* Letters narrow the list down. */
static bool
filter_key(int key)
{
	const size_t n = strlen(screen.filter);
	if (!screen.filtering)
		return false;
	if (key == '\n' || key == KEY_ENTER || key == 27)
		screen.filtering = false;
	else if (key == KEY_BACKSPACE || key == 127)
		screen.filter[n ? n - 1 : 0] = '\0';
	else if (key < 128 && isprint(key) && n + 1 < sizeof screen.filter) {
		screen.filter[n] = (char)key;
		screen.filter[n + 1] = '\0';
	} else
		return false;
	screen.line = 0;
	return true;
}

bool
screen_list_key(player *p, int key)
{
	static int entries[ENTRIES];
	const int rows = LINES - LIST_TOP - 3;
	if (filter_key(key))
		return true;
	const int n = matching(entries);
	switch (key) {
	case '/':
		screen.filtering = true;
		screen.filter[0] = '\0';
		break;
	case KEY_UP: screen.line--; break;
	case KEY_DOWN: screen.line++; break;
	case KEY_PPAGE: screen.line -= rows; break;
	case KEY_NPAGE: screen.line += rows; break;
	case KEY_LEFT:
	case KEY_RIGHT:
	case KEY_HOME:
	case KEY_ENTER:
	case '\n':
	case '+':
	case '-':
		if (screen.line < n)
			press(p, entries[screen.line], key);
		break;
	default: return false;
	}
	screen.line = screen.line >= n ? n - 1 : screen.line;
	screen.line = screen.line < 0 ? 0 : screen.line;
	return true;
}

static void
draw_entry(const stage_view *v, int y, int entry, bool chosen)
{
	char path[PARAM_PATH_MAX], value[48] = "", name[PARAM_CHOICE_MAX];
	const char *help;
	entry_path(entry, path);
	screen_put(y, 0, COLOUR_LOUD, chosen ? ">" : " ");
	screen_put(y, 2, chosen ? COLOUR_LOUD : COLOUR_VALUE, path);
	if (entry < PARAM_SLOTS) {
		const param_desc *d = param_describe(entry);
		const float x = params_get(&v->player->params, entry);
		help = d->help;
		if (d->kind == PARAM_KIND_CHOICE)
			snprintf(value, sizeof value, "%s", param_choice_name(entry, (int)x, name));
		else
			snprintf(value, sizeof value, "%.4g %s", (double)x, d->unit);
		screen_bar(y, 36, 8, param_to_unit(entry, x), "━", "─");
		screen_put_bound(v, y, 45, entry);
	} else {
		help = command_describe((command_id)((entry - PARAM_SLOTS) / (INSTRUMENTS + 1)))->help;
		snprintf(value, sizeof value, "(command)");
	}
	screen_put(y, 22, COLOUR_HIT, value);
	screen_put(y, 52, COLOUR_DIM, help);
}

void
screen_draw_list(const stage_view *v)
{
	static int entries[ENTRIES];
	const int n = matching(entries), rows = LINES - LIST_TOP - 3;
	char text[128];
	if (screen.line < screen.top)
		screen.top = screen.line;
	if (screen.line >= screen.top + rows)
		screen.top = screen.line - rows + 1;
	snprintf(text, sizeof text,
		 "  %d controls%s%s%s   / narrows down, enter does or switches, home resets", n,
		 *screen.filter ? " with " : "", screen.filter, screen.filtering ? "_" : "");
	screen_put(2, 0, screen.filtering ? COLOUR_LOUD : COLOUR_DIM, text);
	for (int row = 0; row < rows && screen.top + row < n; row++)
		draw_entry(v, LIST_TOP + row, entries[screen.top + row], screen.top + row == screen.line);
}
