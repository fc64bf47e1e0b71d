#include "model/kit_words.h"

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

/* A phrase matches where its words follow one another in a name. Of several phrases in one name the surest
 * counts; of equally sure ones the later, as a name's last noun is what the thing is ("snare rim"). */
static const struct phrase {
	const char *words;
	int what;
	float sure;
} phrases[] = {
    {"bd", INST_BD, 0.95f},
    {"bassdrum", INST_BD, 0.97f},
    {"bass drum", INST_BD, 0.97f},
    {"drum bass", INST_BD, 0.9f},
    {"kick drum", INST_BD, 0.97f},
    {"kick", INST_BD, 0.96f},
    {"kicks", INST_BD, 0.96f},
    {"kik", INST_BD, 0.93f},
    {"kck", INST_BD, 0.9f},
    {"kd", INST_BD, 0.85f},
    {"bombo", INST_BD, 0.85f},
    {"grosse caisse", INST_BD, 0.95f},
    {"sd", INST_SD, 0.95f},
    {"snare", INST_SD, 0.95f},
    {"snares", INST_SD, 0.95f},
    {"snr", INST_SD, 0.94f},
    {"sn", INST_SD, 0.9f},
    {"snaredrum", INST_SD, 0.97f},
    {"caisse claire", INST_SD, 0.95f},
    {"cp", INST_CP, 0.95f},
    {"clp", INST_CP, 0.92f},
    {"clap", INST_CP, 0.96f},
    {"claps", INST_CP, 0.96f},
    {"hand clap", INST_CP, 0.97f},
    {"handclap", INST_CP, 0.97f},
    {"handclaps", INST_CP, 0.97f},
    {"snap", INST_CP, 0.6f},
    {"snaps", INST_CP, 0.6f},
    {"fingersnap", INST_CP, 0.6f},
    {"finger snap", INST_CP, 0.62f},
    {"finger snaps", INST_CP, 0.62f},
    {"rs", INST_RS, 0.93f},
    {"rim", INST_RS, 0.95f},
    {"rims", INST_RS, 0.95f},
    {"rimshot", INST_RS, 0.95f},
    {"rim shot", INST_RS, 0.95f},
    {"snare rimshot", INST_RS, 0.8f},
    {"snare rim", INST_RS, 0.96f},
    {"rim click", INST_RS, 0.97f},
    {"rimclick", INST_RS, 0.97f},
    {"sidestick", INST_RS, 0.97f},
    {"side stick", INST_RS, 0.97f},
    {"crossstick", INST_RS, 0.97f},
    {"cross stick", INST_RS, 0.97f},
    {"xstick", INST_RS, 0.95f},
    {"stick", INST_RS, 0.9f},
    {"sticks", INST_RS, 0.75f},
    {"ch", INST_CH, 0.93f},
    {"chh", INST_CH, 0.96f},
    {"hhc", INST_CH, 0.96f},
    {"cls hh", INST_CH, 0.95f},
    {"clhh", INST_CH, 0.95f},
    {"hh closed", INST_CH, 0.97f},
    {"closed hh", INST_CH, 0.97f},
    {"hhclosed", INST_CH, 0.97f},
    {"closedhh", INST_CH, 0.97f},
    {"hat closed", INST_CH, 0.97f},
    {"closed hat", INST_CH, 0.97f},
    {"closedhat", INST_CH, 0.97f},
    {"hat closed edge", INST_CH, 0.97f},
    {"hats closed", INST_CH, 0.97f},
    {"closed hats", INST_CH, 0.97f},
    {"hihat closed", INST_CH, 0.97f},
    {"closed hihat", INST_CH, 0.97f},
    {"closedhihat", INST_CH, 0.97f},
    {"hihatclosed", INST_CH, 0.97f},
    {"cymbal closed", INST_CH, 0.85f},
    {"hat cl", INST_CH, 0.92f},
    {"hh cl", INST_CH, 0.92f},
    {"cl hh", INST_CH, 0.92f},
    {"hh c", INST_CH, 0.9f},
    {"hat c", INST_CH, 0.9f},
    {"hat tight", INST_CH, 0.9f},
    {"hh tight", INST_CH, 0.9f},
    {"hat pedal", INST_CH, 0.6f},
    {"hihat pedal", INST_CH, 0.6f},
    {"pedal hat", INST_CH, 0.6f},
    {"pedal hihat", INST_CH, 0.6f},
    {"hh pedal", INST_CH, 0.6f},
    {"pedal hh", INST_CH, 0.6f},
    {"cymbal pedal", INST_CH, 0.6f},
    {"phh", INST_CH, 0.6f},
    {"hat pd", INST_CH, 0.6f},
    {"hat foot", INST_CH, 0.6f},
    {"oh", INST_OH, 0.93f},
    {"ohh", INST_OH, 0.96f},
    {"hho", INST_OH, 0.96f},
    {"ophh", INST_OH, 0.95f},
    {"hh open", INST_OH, 0.97f},
    {"hh opened", INST_OH, 0.97f},
    {"open hh", INST_OH, 0.97f},
    {"hhopen", INST_OH, 0.97f},
    {"openhh", INST_OH, 0.97f},
    {"hat open", INST_OH, 0.97f},
    {"hat opened", INST_OH, 0.97f},
    {"open hat", INST_OH, 0.97f},
    {"openhat", INST_OH, 0.97f},
    {"hats open", INST_OH, 0.97f},
    {"open hats", INST_OH, 0.97f},
    {"hihat open", INST_OH, 0.97f},
    {"hihat opened", INST_OH, 0.97f},
    {"open hihat", INST_OH, 0.97f},
    {"openhihat", INST_OH, 0.97f},
    {"hihatopen", INST_OH, 0.97f},
    {"cymbal open", INST_OH, 0.85f},
    {"hat op", INST_OH, 0.92f},
    {"hh op", INST_OH, 0.92f},
    {"op hh", INST_OH, 0.92f},
    {"hh o", INST_OH, 0.9f},
    {"hat o", INST_OH, 0.9f},
    {"hat semiopen", INST_OH, 0.7f},
    {"hihat semiopen", INST_OH, 0.7f},
    {"hat semi open", INST_OH, 0.7f},
    {"hihat semi open", INST_OH, 0.7f},
    {"hat half open", INST_OH, 0.7f},
    {"hihat half open", INST_OH, 0.7f},
    {"hat free", INST_OH, 0.6f},
    {"hihat free", INST_OH, 0.6f},
    {"hat", WORDS_HAT, 0.9f},
    {"hats", WORDS_HAT, 0.9f},
    {"hihat", WORDS_HAT, 0.9f},
    {"hihats", WORDS_HAT, 0.9f},
    {"hh", WORDS_HAT, 0.9f},
    {"lt", INST_LT, 0.92f},
    {"ltom", INST_LT, 0.95f},
    {"tom low", INST_LT, 0.97f},
    {"low tom", INST_LT, 0.97f},
    {"lowtom", INST_LT, 0.97f},
    {"tomlow", INST_LT, 0.97f},
    {"tom lo", INST_LT, 0.97f},
    {"lo tom", INST_LT, 0.97f},
    {"tomlo", INST_LT, 0.97f},
    {"tom l", INST_LT, 0.85f},
    {"floor tom", INST_LT, 0.93f},
    {"floortom", INST_LT, 0.93f},
    {"tom floor", INST_LT, 0.93f},
    {"floor", INST_LT, 0.8f},
    {"mt", INST_MT, 0.92f},
    {"mtom", INST_MT, 0.95f},
    {"tom mid", INST_MT, 0.97f},
    {"mid tom", INST_MT, 0.97f},
    {"midtom", INST_MT, 0.97f},
    {"tommid", INST_MT, 0.97f},
    {"middle tom", INST_MT, 0.97f},
    {"tom middle", INST_MT, 0.97f},
    {"tom med", INST_MT, 0.95f},
    {"tom m", INST_MT, 0.85f},
    {"ht", INST_HT, 0.92f},
    {"htom", INST_HT, 0.95f},
    {"tom hi", INST_HT, 0.97f},
    {"hi tom", INST_HT, 0.97f},
    {"hitom", INST_HT, 0.97f},
    {"tomhi", INST_HT, 0.97f},
    {"tom high", INST_HT, 0.97f},
    {"high tom", INST_HT, 0.97f},
    {"hightom", INST_HT, 0.97f},
    {"tomhigh", INST_HT, 0.97f},
    {"tom h", INST_HT, 0.85f},
    {"tom", WORDS_TOM, 0.93f},
    {"toms", WORDS_TOM, 0.93f},
    {"tomtom", WORDS_TOM, 0.93f},
    {"cc", INST_CC, 0.88f},
    {"crash", INST_CC, 0.96f},
    {"crashes", INST_CC, 0.96f},
    {"csh", INST_CC, 0.85f},
    {"crash ride", INST_CC, 0.75f},
    {"ride crash", INST_RC, 0.75f},
    {"splash", INST_CC, 0.7f},
    {"china", INST_CC, 0.7f},
    {"cymbal hard", INST_CC, 0.7f},
    {"cymbal soft", INST_CC, 0.7f},
    {"cy", WORDS_CYMBAL, 0.85f},
    {"cym", WORDS_CYMBAL, 0.9f},
    {"cymbal", WORDS_CYMBAL, 0.9f},
    {"cymbals", WORDS_CYMBAL, 0.9f},
    {"rc", INST_RC, 0.88f},
    {"rd", INST_RC, 0.85f},
    {"ride", INST_RC, 0.96f},
    {"rides", INST_RC, 0.96f},
    {"ride bell", INST_RC, 0.7f},
    {"ride cup", INST_RC, 0.7f},
    {"bell", INST_RC, 0.5f},
    {"pc", INST_PC, 0.85f},
    {"perc", INST_PC, 0.9f},
    {"percs", INST_PC, 0.9f},
    {"percussion", INST_PC, 0.9f},
    {"cowbell", INST_PC, 0.95f},
    {"cow bell", INST_PC, 0.95f},
    {"cb", INST_PC, 0.85f},
    {"conga", INST_PC, 0.85f},
    {"congas", INST_PC, 0.85f},
    {"bongo", INST_PC, 0.85f},
    {"bongos", INST_PC, 0.85f},
    {"shaker", INST_PC, 0.8f},
    {"shakers", INST_PC, 0.8f},
    {"maraca", INST_PC, 0.8f},
    {"maracas", INST_PC, 0.8f},
    {"cabasa", INST_PC, 0.8f},
    {"clave", INST_PC, 0.85f},
    {"claves", INST_PC, 0.85f},
    {"woodblock", INST_PC, 0.85f},
    {"wood block", INST_PC, 0.85f},
    {"woodblocks", INST_PC, 0.85f},
    {"block", INST_PC, 0.6f},
    {"agogo", INST_PC, 0.85f},
    {"timbale", INST_PC, 0.85f},
    {"timbales", INST_PC, 0.85f},
    {"tambourine", INST_PC, 0.82f},
    {"tamb", INST_PC, 0.8f},
    {"tambo", INST_PC, 0.8f},
    {"triangle", INST_PC, 0.82f},
    {"guiro", INST_PC, 0.82f},
    {"cuica", INST_PC, 0.8f},
    {"whistle", INST_PC, 0.7f},
    {"vibraslap", INST_PC, 0.75f},
    {"djembe", INST_PC, 0.8f},
    {"tabla", INST_PC, 0.75f},
    {"cajon", INST_PC, 0.75f},
    {"udu", INST_PC, 0.75f},
    {"dununba", INST_PC, 0.75f},
    {"sangban", INST_PC, 0.75f},
    {"kenkeni", INST_PC, 0.75f},
    {"waterglass", INST_PC, 0.6f},
    {"zap", INST_PC, 0.5f},
    {"blip", INST_PC, 0.5f},
    {"drum", WORDS_DRUM, 0.5f},
    {"drums", WORDS_DRUM, 0.3f},
    {"loop", WORDS_NO_DRUM, 0.99f},
    {"loops", WORDS_NO_DRUM, 0.99f},
    {"bpm", WORDS_NO_DRUM, 0.98f},
    {"roll", WORDS_NO_DRUM, 0.975f},
    {"breakbeat", WORDS_NO_DRUM, 0.98f},
    {"bass", WORDS_NO_DRUM, 0.7f},
    {"guit", WORDS_NO_DRUM, 0.9f},
    {"guitar", WORDS_NO_DRUM, 0.9f},
    {"piano", WORDS_NO_DRUM, 0.9f},
    {"pad", WORDS_NO_DRUM, 0.8f},
    {"pads", WORDS_NO_DRUM, 0.8f},
    {"synth", WORDS_NO_DRUM, 0.8f},
    {"chord", WORDS_NO_DRUM, 0.9f},
    {"chords", WORDS_NO_DRUM, 0.9f},
    {"ambi", WORDS_NO_DRUM, 0.85f},
    {"ambient", WORDS_NO_DRUM, 0.85f},
    {"drone", WORDS_NO_DRUM, 0.85f},
    {"vinyl", WORDS_NO_DRUM, 0.8f},
    {"vox", WORDS_NO_DRUM, 0.85f},
    {"vocal", WORDS_NO_DRUM, 0.85f},
    {"voice", WORDS_NO_DRUM, 0.8f},
    {"choir", WORDS_NO_DRUM, 0.85f},
    {"riser", WORDS_NO_DRUM, 0.9f},
    {"sweep", WORDS_NO_DRUM, 0.8f},
    {"fx", WORDS_NO_DRUM, 0.6f},
    {"robot", WORDS_NO_DRUM, 0.6f},
    {"phone", WORDS_NO_DRUM, 0.6f},
};

static const struct {
	const char *word;
	int rank;
} loudness_words[] = {
    {"ghost", 1}, {"pp", 1},   {"ppp", 1},    {"soft", 2},  {"quiet", 2}, {"p", 2},   {"mp", 3},
    {"med", 4},   {"medium", 4}, {"normal", 4}, {"mf", 5},    {"hard", 6},  {"loud", 6}, {"f", 6},
    {"ff", 7},    {"fff", 8},  {"accent", 8},
};

/* Words that stand between others and say nothing. */
static bool
is_filler(const char *t)
{
	static const char *const words[] = {"and", "the", "of", "dry", "wet", "one", "shot", "oneshot", "sample",
					    "samples", "edge", "tip", "bow"};
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
		while (*last >= 0 && i < t->n && (isdigit((unsigned char)t->text[i][0]) || is_filler(t->text[i])))
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
			const bool better = veto || words > words_best ||
					    (words == words_best &&
					     (phrases[p].sure > *sure ||
					      (phrases[p].sure >= *sure && last > end_best)));
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
	static const char *const endings[] = {".wav", ".flac", ".ogg", ".oga", ".aif", ".aiff", ".aifc", ".au",
					      ".snd", ".mp3", ".w64", ".caf", ".opus", ".raw"};
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
