#include "model/kit_hydrogen.h"

#include "model/fileio.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Text with what XML reserves escaped; control characters, which it cannot hold, become spaces. */
static void
put_text(FILE *f, const char *element, const char *text, const char *indent)
{
	fprintf(f, "%s<%s>", indent, element);
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", f); break;
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		default: fputc((unsigned char)*text < ' ' && *text != '\n' ? ' ' : *text, f);
		}
	}
	fprintf(f, "</%s>\n", element);
}

static void
put_number(FILE *f, const char *element, double value, const char *indent)
{
	fprintf(f, "%s<%s>%.7g</%s>\n", indent, element, value, element);
}

static const char *
truth(bool b)
{
	return b ? "true" : "false";
}

static void
put_layer(FILE *f, const kit_desc_layer *l)
{
	static const char indent[] = "     ";
	fputs("    <layer>\n", f);
	put_text(f, "filename", l->file, indent);
	put_number(f, "min", l->min, indent);
	put_number(f, "max", l->max, indent);
	put_number(f, "gain", l->gain, indent);
	put_number(f, "pitch", l->pitch, indent);
	fputs("    </layer>\n", f);
}

static void
put_instrument(FILE *f, const kit_desc_instrument *in)
{
	static const char indent[] = "   ";
	static const char *const selections[] = {"VELOCITY", "ROUND_ROBIN", "RANDOM"};
	fputs("  <instrument>\n", f);
	put_number(f, "id", in->id, indent);
	put_text(f, "name", in->name, indent);
	put_number(f, "volume", in->volume, indent);
	put_text(f, "isMuted", truth(in->muted), indent);
	put_text(f, "isSoloed", "false", indent);
	put_number(f, "pan", in->pan, indent);
	put_number(f, "pitchOffset", in->pitch, indent);
	put_number(f, "randomPitchFactor", 0.0, indent);
	put_number(f, "gain", in->gain, indent);
	put_text(f, "applyVelocity", "true", indent);
	put_text(f, "filterActive", "false", indent);
	put_number(f, "filterCutoff", 1.0, indent);
	put_number(f, "filterResonance", 0.0, indent);
	fprintf(f, "%s<Attack>%ld</Attack>\n", indent, (long)in->attack);
	fprintf(f, "%s<Decay>%ld</Decay>\n", indent, (long)in->decay);
	put_number(f, "Sustain", in->sustain, indent);
	fprintf(f, "%s<Release>%ld</Release>\n", indent, (long)in->release);
	put_number(f, "muteGroup", in->mute_group, indent);
	put_number(f, "midiOutChannel", -1, indent);
	put_number(f, "midiOutNote", in->note, indent);
	put_text(f, "isStopNote", truth(in->stop_note), indent);
	put_text(f, "sampleSelectionAlgo", selections[in->selection], indent);
	put_number(f, "isHihat", -1, indent);
	put_number(f, "lower_cc", 0, indent);
	put_number(f, "higher_cc", 127, indent);
	for (int fx = 1; fx <= 4; fx++)
		fprintf(f, "%s<FX%dLevel>0</FX%dLevel>\n", indent, fx, fx);
	fputs("   <instrumentComponent>\n    <component_id>0</component_id>\n    <gain>1</gain>\n", f);
	for (uint32_t l = 0; l < in->n_layers; l++)
		put_layer(f, &in->layers[l]);
	fputs("   </instrumentComponent>\n  </instrument>\n", f);
}

static void
put_kit(FILE *f, const kit_desc *d)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<drumkit_info xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	      " xmlns=\"http://www.hydrogen-music.org/drumkit\">\n",
	      f);
	put_text(f, "name", d->name, " ");
	put_text(f, "author", d->author, " ");
	put_text(f, "info", d->info, " ");
	put_text(f, "license", d->license, " ");
	fputs(" <image></image>\n <imageLicense></imageLicense>\n"
	      " <componentList>\n  <drumkitComponent>\n   <id>0</id>\n   <name>Main</name>\n"
	      "   <volume>1</volume>\n  </drumkitComponent>\n </componentList>\n <instrumentList>\n",
	      f);
	for (uint32_t i = 0; i < d->n_instruments; i++)
		put_instrument(f, &d->instruments[i]);
	fputs(" </instrumentList>\n</drumkit_info>\n", f);
}

dr_status
kit_hydrogen_write(const kit_desc *d, const char *path, dr_error *err)
{
	const size_t room = strlen(path) + 32;
	char *temporary = malloc(room);
	const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!temporary || !c_locale) {
		free(temporary);
		if (c_locale)
			freelocale(c_locale);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	snprintf(temporary, room, "%s.%ld.part", path, (long)getpid());
	FILE *f = fopen(temporary, "wbe");
	bool good = f != NULL;
	if (f) {
		const locale_t before = uselocale(c_locale);
		put_kit(f, d);
		uselocale(before);
		good = fflush(f) == 0 && !ferror(f) && fsync(fileno(f)) == 0;
		good = fclose(f) == 0 && good && rename(temporary, path) == 0;
	}
	const dr_status status =
	    good ? DR_OK : error_set(err, DR_FAILED, "%s: cannot be written: %s", path, strerror(errno));
	if (!good)
		unlink(temporary);
	free(temporary);
	freelocale(c_locale);
	return status;
}

dr_status
kit_hydrogen_read(const char *path, kit_warner *warner, kit_desc **out, dr_error *err)
{
	char *text;
	size_t size;
	dr_status status = file_read_whole(path, KIT_HYDROGEN_MAX_BYTES, &text, &size, err);
	if (status != DR_OK)
		return status;
	status = kit_hydrogen_parse(text, size, warner, out, err);
	free(text);
	return status;
}
