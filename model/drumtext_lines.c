/* The lines of a pattern file: the head's, the grid's, the lists'. */
#include "model/drumtext_parser.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef dr_status head_reader(drumtext_parser *p, const char *at);

static dr_status
copy_word(drumtext_parser *p, const char *at, char out[DRUMTEXT_WORD])
{
	size_t n = strlen(at);
	while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
		n--;
	if (n == 0)
		return drumtext_fault(p, at, "nothing behind the colon");
	if (n >= DRUMTEXT_WORD)
		return drumtext_fault(p, at, "longer than %d bytes", DRUMTEXT_WORD - 1);
	memcpy(out, at, n);
	out[n] = '\0';
	return DR_OK;
}

static dr_status
read_name(drumtext_parser *p, const char *at)
{
	return copy_word(p, at, p->head.name);
}

static dr_status
read_style(drumtext_parser *p, const char *at)
{
	return copy_word(p, at, p->head.style);
}

static dr_status
read_family(drumtext_parser *p, const char *at)
{
	return copy_word(p, at, p->head.family);
}

/* Digits with a decimal point, whatever the locale's is. */
static dr_status
read_tempo(drumtext_parser *p, const char *at)
{
	const char *c = at;
	float value = 0.0f, unit = 1.0f;
	bool point = false;
	for (; (*c >= '0' && *c <= '9') || (*c == '.' && !point); c++) {
		if (*c == '.') {
			point = true;
			continue;
		}
		unit *= point ? 0.1f : 1.0f;
		value = point ? value + unit * (float)(*c - '0') : value * 10.0f + (float)(*c - '0');
	}
	if (*drumtext_blanks(c) || !(value >= (float)PATTERN_MIN_TEMPO && value <= (float)PATTERN_MAX_TEMPO))
		return drumtext_fault(p, at, "a tempo is %d to %d quarter notes a minute", PATTERN_MIN_TEMPO,
				      PATTERN_MAX_TEMPO);
	p->out->tempo = value;
	return DR_OK;
}

static dr_status
read_metre(drumtext_parser *p, const char *at)
{
	int numerator, denominator, used = 0;
	if (sscanf(at, "%3d/%3d%n", &numerator, &denominator, &used) != 2 || *drumtext_blanks(at + used) ||
	    numerator < 1 || denominator < 1 || 16 * numerator % denominator != 0 ||
	    (denominator & (denominator - 1)) != 0 || 16 * numerator / denominator < STEP_MIN_BAR ||
	    16 * numerator / denominator > STEP_MAX_BAR)
		return drumtext_fault(p, at, "a metre is written 4/4, and its bar has %d to %d sixteenths",
				      STEP_MIN_BAR, STEP_MAX_BAR);
	p->out->numerator = numerator;
	p->out->denominator = denominator;
	p->out->bar_len = 16 * numerator / denominator;
	return DR_OK;
}

static dr_status
read_fill(drumtext_parser *p, const char *at)
{
	char word[DRUMTEXT_WORD];
	dr_status status = copy_word(p, at, word);
	if (status != DR_OK)
		return status;
	const bool yes = strcasecmp(word, "yes") == 0;
	if (!yes && strcasecmp(word, "no") != 0)
		return drumtext_fault(p, at, "fill is yes or no");
	p->out->fill = yes;
	return DR_OK;
}

/* "swing: 57" or "swing: 57 CH PC": where the second of each pair of steps falls, in percent of the pair. */
static dr_status
read_swing(drumtext_parser *p, const char *at)
{
	int percent;
	if (!drumtext_number(&at, 50, 74, &percent))
		return drumtext_fault(p, at, "swing is 50 to 74 percent");
	const int swing = 2 * (percent - 50);
	at = drumtext_blanks(at);
	for (int i = 0; i < INSTRUMENTS && *at == '\0'; i++)
		p->row[i].swing = swing;
	for (; *at; at = drumtext_blanks(at + 2)) {
		const int i = drumtext_instrument(at);
		if (i < 0 || (at[2] && at[2] != ' ' && at[2] != '\t'))
			return drumtext_fault(p, at, "not an instrument");
		p->row[i].swing = swing;
	}
	return DR_OK;
}

/* "feel: CH -3 SD 2": hundredths of a step for every hit of a row. */
static dr_status
read_feel(drumtext_parser *p, const char *at)
{
	do {
		const int i = drumtext_instrument(at);
		if (i < 0 || (at[2] != ' ' && at[2] != '\t'))
			return drumtext_fault(p, at,
					      "feel is an instrument and a number, as often as needed");
		at = drumtext_blanks(at + 2);
		if (!drumtext_number(&at, -50, 49, &p->row[i].feel))
			return drumtext_fault(p, at, "feel is -50 to +49 hundredths of a step");
		at = drumtext_blanks(at);
	} while (*at);
	return DR_OK;
}

dr_status
drumtext_head_line(drumtext_parser *p, const char *word, const char *colon)
{
	static const struct {
		const char *word;
		head_reader *read;
	} lines[] = {{"name", read_name},   {"style", read_style}, {"family", read_family},
		     {"tempo", read_tempo}, {"metre", read_metre}, {"fill", read_fill},
		     {"swing", read_swing}, {"feel", read_feel}};
	const char *end = colon;
	while (end > word && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	const size_t n = (size_t)(end - word);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (strlen(lines[i].word) != n || strncasecmp(word, lines[i].word, n) != 0)
			continue;
		if (p->in_rows)
			return drumtext_fault(p, word, "head lines come before the rows");
		const bool may_repeat = lines[i].read == read_swing || lines[i].read == read_feel;
		if ((p->seen & 1u << i) && !may_repeat)
			return drumtext_fault(p, word, "a second %s", lines[i].word);
		p->seen |= 1u << i;
		return lines[i].read(p, drumtext_blanks(colon + 1));
	}
	return drumtext_fault(p, word,
			      "no head line of that name; name style family tempo metre fill swing feel");
}

/* What a character of the grid stands for; velocity 0 a rest, false if it stands for nothing. */
static bool
read_cell(char c, drumtext_cell *cell)
{
	static const struct {
		char c;
		uint8_t velocity, ratchet;
	} cells[] = {{'.', 0, 0},
		     {'-', DRUMTEXT_GHOST, 1},
		     {'o', DRUMTEXT_SOFT, 1},
		     {'x', DRUMTEXT_NORMAL, 1},
		     {'X', DRUMTEXT_ACCENT, 1},
		     {'2', DRUMTEXT_NORMAL, 2},
		     {'3', DRUMTEXT_NORMAL, 3},
		     {'4', DRUMTEXT_NORMAL, 4}};
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		if (cells[i].c == c) {
			cell->velocity = cells[i].velocity;
			cell->ratchet = cells[i].ratchet;
			return true;
		}
	return false;
}

/* The end of a bar at `at`: it must be full, or (at a row's start or end) not begun. */
static dr_status
end_bar(drumtext_parser *p, const char *at, int instrument, int in_bar)
{
	if (in_bar == 0 || in_bar == p->out->bar_len)
		return DR_OK;
	return drumtext_fault(p, at, "bar %d of %s has %d steps; %d/%d has %d",
			      p->row[instrument].n_cells / p->out->bar_len + 1, instrument_name(instrument),
			      in_bar, p->out->numerator, p->out->denominator, p->out->bar_len);
}

/* '%': the bar before once more. */
static dr_status
repeat_bar(drumtext_parser *p, const char *at, int instrument, int in_bar)
{
	drumtext_row *row = &p->row[instrument];
	const int bar = p->out->bar_len;
	if (in_bar != 0)
		return drumtext_fault(p, at, "a %% stands for a whole bar");
	if (row->n_cells < bar)
		return drumtext_fault(p, at, "a %% with no bar before it");
	for (int i = 0; i < bar; i++) {
		drumtext_cell *cell = &row->cell[row->n_cells + i];
		*cell = cell[-bar];
		cell->line = p->number;
		cell->column = (uint16_t)(at - p->line + 1);
	}
	return DR_OK;
}

static dr_status
read_grid(drumtext_parser *p, const char *at, int instrument)
{
	drumtext_row *row = &p->row[instrument];
	const int bar = p->out->bar_len;
	int in_bar = 0; /* steps of the current bar; they count as the row's when it is full */
	dr_status status = DR_OK;
	for (; *at && status == DR_OK; at++) {
		if (*at == ' ' || *at == '\t')
			continue;
		if (*at == '|') {
			status = end_bar(p, at, instrument, in_bar);
			row->n_cells += in_bar;
			in_bar = 0;
			continue;
		}
		if (in_bar == bar)
			return drumtext_fault(
			    p, at, "bar %d of %s goes on behind its %d steps",
			    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no metre has none */
			    row->n_cells / bar + 1, instrument_name(instrument), bar);
		if (row->n_cells + bar > DRUMTEXT_MAX_BARS * bar)
			return drumtext_fault(p, at, "more than %d bars", DRUMTEXT_MAX_BARS);
		if (*at == '%') {
			status = repeat_bar(p, at, instrument, in_bar);
			in_bar = bar;
			continue;
		}
		drumtext_cell *cell = &row->cell[row->n_cells + in_bar++];
		cell->line = p->number;
		cell->column = (uint16_t)(at - p->line + 1);
		if (!read_cell(*at, cell))
			return drumtext_fault(p, at, "a step is one of . - o x X 2 3 4");
	}
	if (status == DR_OK)
		status = end_bar(p, at, instrument, in_bar);
	row->n_cells += in_bar;
	return status;
}

static dr_status
read_list(drumtext_parser *p, const char *at, drumtext_list *l, int least, int most)
{
	l->line = p->number;
	l->column = (int)(at - p->line) + 1;
	for (at = drumtext_blanks(at); *at; at = drumtext_blanks(at)) {
		int value = DRUMTEXT_KEEP;
		if (l->n == DRUMTEXT_MAX_LIST)
			return drumtext_fault(p, at, "more than %d numbers", DRUMTEXT_MAX_LIST);
		if (*at == '.' && (!at[1] || at[1] == ' ' || at[1] == '\t'))
			at++;
		else if (!drumtext_number(&at, least, most, &value))
			return drumtext_fault(p, at, "a number from %d to %d, or a dot", least, most);
		l->value[l->n++] = (int16_t)value;
	}
	return l->n ? DR_OK : drumtext_fault(p, at, "an empty list");
}

dr_status
drumtext_row_line(drumtext_parser *p, const char *at)
{
	const int i = drumtext_instrument(at);
	if (i < 0)
		return drumtext_fault(p, at, "neither a head line nor the name of an instrument");
	p->in_rows = true;
	at += 2;
	if (*at == '=')
		return read_list(p, at + 1, &p->row[i].velocity, 1, 127);
	if (*at == '+')
		return read_list(p, at + 1, &p->row[i].offset, -50, 49);
	if (*at != ' ' && *at != '\t' && *at != '|')
		return drumtext_fault(p, at, "behind an instrument's name: a blank, = or +");
	return read_grid(p, at, i);
}
