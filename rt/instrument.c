#include "rt/instrument.h"

#include <strings.h>

static const struct {
	const char *name, *title;
	int note;
} instruments[INSTRUMENTS] = {
    {"BD", "kick", 36},       {"SD", "snare", 38},    {"CP", "clap", 39},    {"RS", "rim", 37},
    {"CH", "closed hat", 42}, {"OH", "open hat", 46}, {"LT", "low tom", 45}, {"MT", "mid tom", 47},
    {"HT", "high tom", 50},   {"CC", "crash", 49},    {"RC", "ride", 51},    {"PC", "percussion", 56},
};

const char *
instrument_name(int i)
{
	return instruments[i].name;
}

const char *
instrument_title(int i)
{
	return instruments[i].title;
}

int
instrument_note(int i)
{
	return instruments[i].note;
}

int
instrument_from_note(int note)
{
	switch (note) {
	case 35:
	case 36: return INST_BD;
	case 31:
	case 37: return INST_RS;
	case 38:
	case 40: return INST_SD;
	case 39: return INST_CP;
	case 22:
	case 42:
	case 44: return INST_CH;
	case 26:
	case 46: return INST_OH;
	case 41:
	case 43:
	case 58: return INST_LT;
	case 45:
	case 47: return INST_MT;
	case 48:
	case 50: return INST_HT;
	case 49:
	case 52:
	case 55:
	case 57: return INST_CC;
	case 51:
	case 53:
	case 59: return INST_RC;
	default: return note >= 27 && note <= 87 ? INST_PC : -1;
	}
}

int
instrument_from_name(const char *name)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		if (strcasecmp(name, instruments[i].name) == 0)
			return i;
	return -1;
}
