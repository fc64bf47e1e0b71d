#include "model/kit_words.h"

#include "model/kit_words_table.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_TOKENS = 24, TOKEN = 24 };

typedef struct tokens {
	char text[MAX_TOKENS][TOKEN];
	bool used[MAX_TOKENS]; /* it gave the velocity or the take, and is no part of the stem */
	int n;
} tokens;

static const struct {
	const char *word;
	int rank;
} loudness_words[] = {
    {"ghost", 1}, {"pp", 1},  {"ppp", 1},    {"soft", 2},   {"quiet", 2},  {"p", 2},
    {"mp", 3},    {"med", 4}, {"medium", 4}, {"normal", 4}, {"mf", 5},     {"hard", 6},
    {"loud", 6},  {"f", 6},   {"ff", 7},     {"fff", 8},    {"accent", 8},
};

/* Words that stand between others and say nothing. */
static bool
is_filler(const char *t)
{
	static const char *const words[] = {"and",     "the",    "of",      "dry",  "wet", "one", "shot",
					    "oneshot", "sample", "samples", "edge", "tip", "bow"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(t, words[i]) == 0)
			return true;
	return false;
}

/* Splits at everything that is no letter or digit, between letters and digits, and where a small letter is
 * followed by a capital. "Hi-Hat" in any spelling becomes one word. */
static void
split(const char *name, size_t n, tokens *t)
{
	t->n = 0;
	size_t at = 0;
	for (size_t i = 0; i < n && t->n < MAX_TOKENS;) {
		if (!isalnum((unsigned char)name[i])) {
			i++;
			continue;
		}
		char *out = t->text[t->n];
		at = 0;
		const bool digits = isdigit((unsigned char)name[i]);
		for (; i < n && isalnum((unsigned char)name[i]); i++) {
			if ((isdigit((unsigned char)name[i]) != 0) != digits)
				break;
			if (at > 0 && isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1]))
				break;
			if (at < TOKEN - 1)
				out[at++] = (char)tolower((unsigned char)name[i]);
		}
		out[at] = '\0';
		t->used[t->n] = false;
		if (t->n > 0 && strcmp(t->text[t->n - 1], "hi") == 0 &&
		    (strcmp(out, "hat") == 0 || strcmp(out, "hats") == 0)) {
			strcpy(t->text[t->n - 1], "hihat");
			continue;
		}
		t->n++;
	}
}

/* Does the phrase stand at word i? Numbers and fillers between its words do not matter ("Hat 1 Op"). */
static bool
stands_at(const tokens *t, int i, const char *phrase, int *last)
{
	for (;;) {
		const size_t n = strcspn(phrase, " ");
		while (*last >= 0 && i < t->n &&
		       (isdigit((unsigned char)t->text[i][0]) || is_filler(t->text[i])))
			i++;
		if (i >= t->n || strlen(t->text[i]) != n || strncmp(t->text[i], phrase, n) != 0)
			return false;
		*last = i++;
		if (!phrase[n])
			return true;
		phrase += n + 1;
	}
}

static void
find_phrase(const tokens *t, int *what, float *sure)
{
	*what = WORDS_NOTHING;
	*sure = 0.0f;
	int words_best = 0, end_best = -1;
	for (size_t p = 0; p < sizeof phrases / sizeof *phrases; p++)
		for (int i = 0; i < t->n; i++) {
			int last = -1;
			if (!stands_at(t, i, phrases[p].words, &last))
				continue;
			int words = 1;
			for (const char *c = phrases[p].words; *c; c++)
				words += *c == ' ';
			/* A longer phrase says more than a word of it; what is no drum says so at once. */
			const bool veto = phrases[p].sure > 0.97f;
			const bool better =
			    veto || words > words_best ||
			    (words == words_best &&
			     (phrases[p].sure > *sure || (phrases[p].sure >= *sure && last > end_best)));
			if (!better)
				continue;
			*what = phrases[p].what;
			*sure = phrases[p].sure;
			if (veto)
				return;
			words_best = words;
			end_best = last;
		}
}

static bool
is_number(const char *text)
{
	return isdigit((unsigned char)text[0]) && strlen(text) <= 4;
}

/* "soft", "mf", "v3", "vel 96": which layer. "rr2", "take 3", "_04": which take. */
static void
find_layer(tokens *t, kit_words *w)
{
	w->velocity = 0;
	w->take = -1;
	w->takes_marked = 0;
	for (int i = 0; i < t->n; i++) {
		const char *text = t->text[i];
		const bool number_next = i + 1 < t->n && is_number(t->text[i + 1]);
		if (number_next && (strcmp(text, "v") == 0 || strcmp(text, "vel") == 0 ||
				    strcmp(text, "velocity") == 0 || strcmp(text, "layer") == 0)) {
			w->velocity = atoi(t->text[i + 1]) + 1;
			t->used[i] = t->used[i + 1] = true;
			i++;
		} else if (number_next && (strcmp(text, "rr") == 0 || strcmp(text, "take") == 0 ||
					   strcmp(text, "alt") == 0 || strcmp(text, "r") == 0)) {
			w->take = atoi(t->text[i + 1]);
			w->takes_marked = 1;
			t->used[i] = t->used[i + 1] = true;
			i++;
		} else if (i > 0 && w->velocity == 0) {
			for (size_t k = 0; k < sizeof loudness_words / sizeof *loudness_words; k++)
				if (strcmp(text, loudness_words[k].word) == 0) {
					w->velocity = loudness_words[k].rank;
					t->used[i] = true;
				}
		}
	}
	/* A bare number at the very end, and not the only thing there is. */
	int last = t->n - 1;
	while (last > 0 && t->used[last])
		last--;
	if (w->take < 0 && last > 0 && is_number(t->text[last]) && strcmp(t->text[last], "808") != 0 &&
	    strcmp(t->text[last], "909") != 0) {
		w->take = atoi(t->text[last]);
		t->used[last] = true;
	}
}

static void
join_stem(const tokens *t, kit_words *w)
{
	size_t at = 0;
	w->stem[0] = '\0';
	for (int i = 0; i < t->n; i++) {
		const size_t n = strlen(t->text[i]);
		if (t->used[i] || at + n + 2 > sizeof w->stem)
			continue;
		if (at > 0)
			w->stem[at++] = ' ';
		memcpy(w->stem + at, t->text[i], n + 1);
		at += n;
	}
}

static size_t
without_ending(const char *name, size_t n)
{
	static const char *const endings[] = {".wav", ".flac", ".ogg", ".oga", ".aif", ".aiff", ".aifc",
					      ".au",  ".snd",  ".mp3", ".w64", ".caf", ".opus", ".raw"};
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		const size_t e = strlen(endings[i]);
		if (n > e && strncasecmp(name + n - e, endings[i], e) == 0)
			return n - e;
	}
	return n;
}

/* One part of the path: sets what it says unless something surer was said; the name's last part also gives
 * layer, take and stem. */
static void
read_part(const char *text, size_t n, bool is_name, float trust, kit_words *w)
{
	tokens t;
	int what;
	float sure;
	split(text, n, &t);
	find_phrase(&t, &what, &sure);
	if (is_name) {
		find_layer(&t, w);
		join_stem(&t, w);
	}
	if (what != WORDS_NOTHING && (w->what == WORDS_NOTHING || what != WORDS_DRUM)) {
		w->what = what;
		w->sure = sure * trust;
	}
}

void
kit_words_read_name(const char *name, kit_words *w)
{
	memset(w, 0, sizeof *w);
	w->what = WORDS_NOTHING;
	read_part(name, strlen(name), true, 1.0f, w);
}

void
kit_words_read_path(const char *path, kit_words *w)
{
	size_t end = without_ending(path, strlen(path));
	bool is_name = true;
	float trust = 1.0f;
	memset(w, 0, sizeof *w);
	w->what = WORDS_NOTHING;
	while (end > 0 && (is_name || w->what == WORDS_NOTHING || w->what == WORDS_DRUM)) {
		size_t begin = end;
		while (begin > 0 && path[begin - 1] != '/' && path[begin - 1] != '\\')
			begin--;
		read_part(path + begin, end - begin, is_name, trust, w);
		is_name = false;
		trust *= 0.9f;
		end = begin > 0 ? begin - 1 : 0;
	}
}
