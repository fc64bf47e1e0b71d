/* A helper of make bench: the same kit and the same music for other programs.
 * usage: songs KIT-FOLDER GROOVE.mid SONG.h2song PRESET.drumkv1 NOTES
 * Writes a song for Hydrogen (the kit's instruments, one pattern a bar), a preset for drumkv1 (the loudest
 * layer of each instrument, as it has no others), and a list of notes for the player in tests/bench/idle.c.
 */
#include "model/fileio.h"
#include "model/midifile.h"
#include "rt/instrument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_TICKS = 192 }; /* Hydrogen's, in 4/4 */

static FILE *
create(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static char *
read_file(const char *folder, const char *name, size_t *size)
{
	dr_error err;
	char *data = NULL, *path = file_path_join(folder, name);
	if (!path || file_read_whole(path, MIDIFILE_MAX_BYTES, &data, size, &err) != DR_OK) {
		fprintf(stderr, "songs: %s\n", path ? err.text : "out of memory");
		exit(1);
	}
	free(path);
	return data;
}

/* The kit's instrumentList, with whole paths. */
static void
copy_instruments(FILE *out, const char *kit, char *xml)
{
	static const char tag[] = "<filename>";
	char *from = strstr(xml, "<instrumentList>"), *end = strstr(xml, "</instrumentList>"), *next;
	if (!from || !end)
		exit(1);
	*end = '\0';
	for (; (next = strstr(from, tag)); from = next + strlen(tag))
		fprintf(out, "%.*s%s%s/", (int)(next - from), from, tag, kit);
	fprintf(out, "%s</instrumentList>\n", from);
}

static uint32_t
hydrogen_tick(const midifile *m, size_t note)
{
	return (uint32_t)((uint64_t)m->note[note].tick * (BAR_TICKS / 4) / m->ppq);
}

static void
write_song(FILE *out, const char *kit, char *xml, const midifile *m)
{
	const unsigned bars = m->n_notes ? hydrogen_tick(m, m->n_notes - 1) / BAR_TICKS + 1 : 1;
	const double bpm = m->n_tempi ? 6e7 / m->tempo[0].us_per_quarter : 120.0;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<song><version>1.2.0</version><bpm>%.6f</bpm>\n"
		"<volume>0.5</volume><name>groove</name><loopEnabled>true</loopEnabled><mode>song</mode>\n"
		"<humanize_time>0</humanize_time><humanize_velocity>0</humanize_velocity><swing_factor>0</"
		"swing_factor>\n"
		"<componentList><drumkitComponent><id>0</id><name>Main</name><volume>1</volume></"
		"drumkitComponent>"
		"</componentList>\n",
		bpm);
	copy_instruments(out, kit, xml);
	fprintf(out, "<patternList>\n");
	for (unsigned bar = 0; bar < bars; bar++) {
		fprintf(out,
			"<pattern><name>%u</name><size>%d</size><denominator>4</denominator><noteList>\n",
			bar, BAR_TICKS);
		for (size_t n = 0; n < m->n_notes; n++)
			if (hydrogen_tick(m, n) / BAR_TICKS == bar &&
			    instrument_from_note(m->note[n].note) >= 0)
				fprintf(out,
					"<note><position>%u</position><leadlag>0</leadlag><velocity>%.4f</"
					"velocity><pan>0</pan>"
					"<pitch>0</pitch><probability>1</probability><key>C0</"
					"key><length>-1</length>"
					"<instrument>%d</instrument><note_off>false</note_off></note>\n",
					hydrogen_tick(m, n) % BAR_TICKS, m->note[n].velocity / 127.0,
					instrument_from_note(m->note[n].note));
		fprintf(out, "</noteList></pattern>\n");
	}
	fprintf(out, "</patternList><virtualPatternList/><patternSequence>\n");
	for (unsigned bar = 0; bar < bars; bar++)
		fprintf(out, "<group><patternID>%u</patternID></group>\n", bar);
	fprintf(out, "</patternSequence></song>\n");
}

/* The kit's files are called BD-1a.flac and so on, the higher number the louder. */
static void
write_preset(FILE *out, const char *kit)
{
	fprintf(out, "<!DOCTYPE drumkv1>\n<preset name=\"groove\" version=\"0.9.29\">\n<elements>\n");
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int layer = 9; layer > 0; layer--) {
			char path[4096];
			snprintf(path, sizeof path, "%s/%s-%da.flac", kit, instrument_name(i), layer);
			FILE *f = fopen(path, "r");
			if (!f)
				continue;
			fclose(f);
			fprintf(out,
				"<element index=\"%d\" name=\"%s\"><sample name=\"GEN1_SAMPLE\" "
				"index=\"0\">%s</sample>"
				"<params/></element>\n",
				instrument_note(i), instrument_name(i), path);
			break;
		}
	fprintf(out, "</elements></preset>\n");
}

int
main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	midifile m;
	dr_error err;
	size_t size;
	char *data = read_file("", argv[2], &size);
	if (midifile_parse(data, size, argv[2], &m, &err) != DR_OK) {
		fprintf(stderr, "songs: %s\n", err.text);
		return 1;
	}
	char *xml = read_file(argv[1], "drumkit.xml", &size);
	FILE *song = create(argv[3]), *preset = create(argv[4]), *notes = create(argv[5]);
	write_song(song, argv[1], xml, &m);
	write_preset(preset, argv[1]);
	const double seconds = (m.n_tempi ? m.tempo[0].us_per_quarter * 1e-6 : 0.5) / m.ppq;
	for (size_t n = 0; n < m.n_notes; n++)
		fprintf(notes, "%.6f %d %d\n", m.note[n].tick * seconds, m.note[n].note, m.note[n].velocity);
	printf("the groove: %zu hits in %.1f s\n", m.n_notes, m.end * seconds);
	fclose(song);
	fclose(preset);
	fclose(notes);
	free(xml);
	free(data);
	midifile_clear(&m);
	return 0;
}
