/* The twelve instruments, their names and their notes. Pure and constant; any thread. */
#ifndef DRUMLIN_INSTRUMENT_H
#define DRUMLIN_INSTRUMENT_H

enum {
	INST_BD, /* kick */
	INST_SD, /* snare */
	INST_CP, /* clap */
	INST_RS, /* rim */
	INST_CH, /* closed hat */
	INST_OH, /* open hat */
	INST_LT, /* low tom */
	INST_MT, /* mid tom */
	INST_HT, /* high tom */
	INST_CC, /* crash */
	INST_RC, /* ride */
	INST_PC, /* percussion */
	INSTRUMENTS
};

/* Short name ("BD") as used in files, OSC paths, port names and on screen; i in 0..11. */
const char *instrument_name(int i);

/* Name in words ("kick"). */
const char *instrument_title(int i);

/* General MIDI percussion note that stands for the instrument on the way out. */
int instrument_note(int i);

/* The instrument that a percussion note (0..127) folds into: the General MIDI and Roland TD maps of
 * doc/eval.md, rule 3. Returns -1 for pitches that are no drum (below 27, above 87). */
int instrument_from_note(int note);

/* Finds a short name, case-insensitively; -1 if it is none. */
int instrument_from_name(const char *name);

#endif
