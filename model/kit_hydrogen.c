#include "model/kit_hydrogen.h"

#include "model/kit_mix.h"

#include <expat.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_TEXT = 4096, MAX_COMPONENTS = 32 };

/* Where in the document the parser is: the element that the fields below belong to. */
enum place { OUTSIDE, LEAF, KIT, COMPONENTS, COMPONENT, INSTRUMENTS_LIST, INSTRUMENT, PART, LAYER };

typedef struct parser {
	XML_Parser xml;
	kit_warner *warner;
	kit_desc *desc;
	dr_status status;
	dr_error error;
	enum place stack[KIT_HYDROGEN_MAX_DEPTH];
	int depth;
	char text[MAX_TEXT];
	size_t text_length;
	struct {
		int id;
		float volume;
	} component, components[MAX_COMPONENTS];
	int n_components;
	struct {
		int component;
		float gain;
		bool muted;
		uint32_t first_layer;
	} part, parts[MAX_COMPONENTS]; /* the open one, and the instrument's so far */
	int n_parts;
	bool layer_muted, layer_cut; /* of the open layer: not to be heard; offset and end count */
	float start_frame, end_frame;
} parser;

/* Every element that is read: where it stands, what it is, where its value goes, between what bounds. */
enum kind { NUMBER, WHOLE, TRUTH, WORDS, FILE_NAME, SELECTION };
enum owner { IN_PARSER, IN_KIT, IN_INSTRUMENT, IN_LAYER };
static const struct field {
	enum place in;
	const char *name;
	enum kind kind;
	enum owner owner;
	size_t offset, size;
	double low, high;
} fields[] = {
#define OF_kit_desc IN_KIT
#define OF_kit_desc_instrument IN_INSTRUMENT
#define OF_kit_desc_layer IN_LAYER
#define OF_parser IN_PARSER
#define AT(type, member) OF_##type, offsetof(type, member), sizeof(((type *)0)->member)
    {KIT, "name", WORDS, AT(kit_desc, name), 0, 0},
    {KIT, "author", WORDS, AT(kit_desc, author), 0, 0},
    {KIT, "info", WORDS, AT(kit_desc, info), 0, 0},
    {KIT, "license", WORDS, AT(kit_desc, license), 0, 0},
    {COMPONENT, "id", WHOLE, AT(parser, component.id), -1, 1e6},
    {COMPONENT, "volume", NUMBER, AT(parser, component.volume), 0, 16},
    {INSTRUMENT, "id", WHOLE, AT(kit_desc_instrument, id), -1, 1e6},
    {INSTRUMENT, "name", WORDS, AT(kit_desc_instrument, name), 0, 0},
    {INSTRUMENT, "volume", NUMBER, AT(kit_desc_instrument, volume), 0, 16},
    {INSTRUMENT, "gain", NUMBER, AT(kit_desc_instrument, gain), 0, 16},
    {INSTRUMENT, "isMuted", TRUTH, AT(kit_desc_instrument, muted), 0, 0},
    {INSTRUMENT, "pan", NUMBER, AT(kit_desc_instrument, pan), -1, 1},
    {INSTRUMENT, "pan_L", NUMBER, AT(kit_desc_instrument, pan_left), 0, 1},
    {INSTRUMENT, "pan_R", NUMBER, AT(kit_desc_instrument, pan_right), 0, 1},
    {INSTRUMENT, "pitchOffset", NUMBER, AT(kit_desc_instrument, pitch), -48, 48},
    {INSTRUMENT, "type", WORDS, AT(kit_desc_instrument, type), 0, 0},
    {INSTRUMENT, "filterCutoff", NUMBER, AT(kit_desc_instrument, cutoff), 0, 1},
    {INSTRUMENT, "filterResonance", NUMBER, AT(kit_desc_instrument, resonance), 0, 1},
    {INSTRUMENT, "isHihat", WHOLE, AT(kit_desc_instrument, hat_group), -1, 1e6},
    {INSTRUMENT, "hihatGrp", WHOLE, AT(kit_desc_instrument, hat_group), -1, 1e6},
    {INSTRUMENT, "lower_cc", WHOLE, AT(kit_desc_instrument, pedal_lo), 0, 127},
    {INSTRUMENT, "higher_cc", WHOLE, AT(kit_desc_instrument, pedal_hi), 0, 127},
    {INSTRUMENT, "filterActive", TRUTH, AT(kit_desc_instrument, filtered), 0, 0},
    {INSTRUMENT, "Attack", NUMBER, AT(kit_desc_instrument, attack), 0, 1e7},
    {INSTRUMENT, "Decay", NUMBER, AT(kit_desc_instrument, decay), 0, 1e7},
    {INSTRUMENT, "Sustain", NUMBER, AT(kit_desc_instrument, sustain), 0, 1},
    {INSTRUMENT, "Release", NUMBER, AT(kit_desc_instrument, release), 0, 1e7},
    {INSTRUMENT, "muteGroup", WHOLE, AT(kit_desc_instrument, mute_group), -1, 1000},
    {INSTRUMENT, "midiOutNote", WHOLE, AT(kit_desc_instrument, note), -1, 127},
    {INSTRUMENT, "isStopNote", TRUTH, AT(kit_desc_instrument, stop_note), 0, 0},
    {INSTRUMENT, "sampleSelectionAlgo", SELECTION, IN_PARSER, 0, 0, 0, 0},
    {INSTRUMENT, "filename", FILE_NAME, IN_PARSER, 0, 0, 0, 0},
    {PART, "component_id", WHOLE, AT(parser, part.component), -1, 1e6},
    {PART, "gain", NUMBER, AT(parser, part.gain), 0, 16},
    {PART, "isMuted", TRUTH, AT(parser, part.muted), 0, 0},
    {PART, "sampleSelectionAlgo", SELECTION, IN_PARSER, 0, 0, 0, 0},
    {LAYER, "filename", FILE_NAME, IN_PARSER, 0, 0, 0, 0},
    {LAYER, "min", NUMBER, AT(kit_desc_layer, min), 0, 1},
    {LAYER, "max", NUMBER, AT(kit_desc_layer, max), 0, 1},
    {LAYER, "gain", NUMBER, AT(kit_desc_layer, gain), 0, 16},
    {LAYER, "pitch", NUMBER, AT(kit_desc_layer, pitch), -48, 48},
    {LAYER, "isMuted", TRUTH, AT(parser, layer_muted), 0, 0},
    {LAYER, "ismodified", TRUTH, AT(parser, layer_cut), 0, 0},
    {LAYER, "startframe", NUMBER, AT(parser, start_frame), 0, 1e9},
    {LAYER, "endframe", NUMBER, AT(parser, end_frame), 0, 1e9},
#undef AT
};

static void
stop(parser *p, dr_status status, const char *fault)
{
	if (p->status == DR_OK)
		p->status = error_set(&p->error, status, "%s: line %lu: %s", p->warner->where,
				      XML_GetCurrentLineNumber(p->xml), fault);
	XML_StopParser(p->xml, XML_FALSE);
}

static kit_desc_instrument *
current_instrument(const parser *p)
{
	return &p->desc->instruments[p->desc->n_instruments - 1];
}

static kit_desc_layer *
current_layer(const parser *p)
{
	const kit_desc_instrument *in = current_instrument(p);
	return &in->layers[in->n_layers - 1];
}

/* A layer past what an instrument may have is parsed as a place of no meaning. */
static enum place
enter_layer(parser *p)
{
	kit_desc_instrument *in = current_instrument(p);
	if (in->n_layers >= KIT_MAX_LAYERS) {
		kit_warn(p->warner, "instrument '%s': only the first %d layers are used", in->name,
			 KIT_MAX_LAYERS);
		return OUTSIDE;
	}
	p->layer_muted = p->layer_cut = false;
	p->start_frame = p->end_frame = 0.0f;
	if (!kit_desc_add_layer(in))
		stop(p, DR_FAILED, "out of memory");
	return LAYER;
}

static enum place
enter_instrument(parser *p)
{
	if (p->desc->n_instruments >= KIT_DESC_MAX_INSTRUMENTS)
		stop(p, DR_BAD_INPUT, "too many instruments");
	else if (!kit_desc_add_instrument(p->desc))
		stop(p, DR_FAILED, "out of memory");
	p->n_parts = 0;
	return INSTRUMENT;
}

static enum place
enter(parser *p, enum place parent, const char *name)
{
	switch (parent) {
	case KIT:
		if (strcmp(name, "componentList") == 0)
			return COMPONENTS;
		return strcmp(name, "instrumentList") == 0 ? INSTRUMENTS_LIST : LEAF;
	case COMPONENTS:
		p->component.id = -1;
		p->component.volume = 1.0f;
		return strcmp(name, "drumkitComponent") == 0 ? COMPONENT : OUTSIDE;
	case INSTRUMENTS_LIST: return strcmp(name, "instrument") == 0 ? enter_instrument(p) : OUTSIDE;
	case INSTRUMENT:
		if (strcmp(name, "instrumentComponent") == 0) {
			p->part.component = -1;
			p->part.gain = 1.0f;
			p->part.muted = false;
			p->part.first_layer = current_instrument(p)->n_layers;
			return PART;
		}
		return strcmp(name, "layer") == 0 ? enter_layer(p) : LEAF;
	case PART: return strcmp(name, "layer") == 0 ? enter_layer(p) : LEAF;
	case COMPONENT:
	case LAYER: return LEAF;
	case OUTSIDE:
	case LEAF: break;
	}
	return OUTSIDE;
}

static const char *
without_prefix(const char *name)
{
	const char *colon = strchr(name, ':');
	return colon ? colon + 1 : name;
}

static void XMLCALL
start_element(void *user, const XML_Char *name, const XML_Char **attributes)
{
	(void)attributes;
	parser *p = user;
	name = without_prefix(name);
	p->text_length = 0;
	if (p->depth >= KIT_HYDROGEN_MAX_DEPTH) {
		stop(p, DR_BAD_INPUT, "elements are nested too deeply");
		return;
	}
	enum place place = KIT;
	if (p->depth > 0)
		place = enter(p, p->stack[p->depth - 1], name);
	else if (strcmp(name, "drumkit_info") != 0)
		stop(p, DR_BAD_INPUT, "not a Hydrogen drumkit");
	p->stack[p->depth++] = place;
}

static void XMLCALL
add_text(void *user, const XML_Char *text, int length)
{
	parser *p = user;
	if (p->depth == 0 || p->stack[p->depth - 1] != LEAF || length <= 0)
		return;
	size_t n = (size_t)length, room = MAX_TEXT - 1 - p->text_length;
	if (n > room)
		n = room;
	memcpy(p->text + p->text_length, text, n);
	p->text_length += n;
}

/* Copies without cutting a UTF-8 character in two. */
static void
copy_words(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);
	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, text, n);
	out[n] = '\0';
}

/* Reads a number in any locale, with a decimal comma too, as some old kits have it. */
static bool
read_number(parser *p, const struct field *f, double *value)
{
	char digits[64];
	copy_words(digits, sizeof digits, p->text);
	char *comma = strchr(digits, ',');
	if (comma)
		*comma = '.';
	char *end;
	double x = strtod(digits, &end);
	if (end == digits || end[strspn(end, " \t\r\n")] != '\0') {
		kit_warn(p->warner, "line %lu: <%s>%.40s is not a number, and is ignored",
			 XML_GetCurrentLineNumber(p->xml), f->name, p->text);
		return false;
	}
	if (!(x >= f->low && x <= f->high)) {
		const double clamped =
		    isnan(x) ? fmin(fmax(0.0, f->low), f->high) : fmin(fmax(x, f->low), f->high);
		kit_warn(p->warner, "line %lu: <%s>%.40s is out of range; %g is used",
			 XML_GetCurrentLineNumber(p->xml), f->name, p->text, clamped);
		x = clamped;
	}
	*value = x;
	return true;
}

static kit_selection
read_selection(parser *p)
{
	if (strcmp(p->text, "ROUND_ROBIN") == 0)
		return KIT_SELECT_ROUND_ROBIN;
	if (strcmp(p->text, "RANDOM") == 0)
		return KIT_SELECT_RANDOM;
	if (strcmp(p->text, "VELOCITY") != 0)
		kit_warn(p->warner, "line %lu: unknown selection %.40s; the velocity selects",
			 XML_GetCurrentLineNumber(p->xml), p->text);
	return KIT_SELECT_VELOCITY;
}

static void
set_file_name(parser *p, enum place in)
{
	if (in == INSTRUMENT && enter_layer(p) == OUTSIDE)
		return;
	if (p->status != DR_OK)
		return;
	kit_desc_layer *l = current_layer(p);
	free(l->file);
	l->file = strdup(p->text);
	if (!l->file)
		stop(p, DR_FAILED, "out of memory");
}

/* What a field's offset counts from: the description's part, or the parser for what only it needs to know. */
static void *
owner_of(parser *p, const struct field *f)
{
	switch (f->owner) {
	case IN_KIT: return p->desc;
	case IN_INSTRUMENT: return current_instrument(p);
	case IN_LAYER: return current_layer(p);
	case IN_PARSER: break;
	}
	return p;
}

static void
set_field(parser *p, const struct field *f)
{
	void *to = (char *)owner_of(p, f) + f->offset;
	double number;
	switch (f->kind) {
	case NUMBER:
		if (read_number(p, f, &number))
			*(float *)to = (float)number;
		break;
	case WHOLE:
		if (read_number(p, f, &number))
			*(int *)to = (int)number;
		break;
	case TRUTH: *(bool *)to = strcasecmp(p->text, "true") == 0 || strcmp(p->text, "1") == 0; break;
	case WORDS: copy_words(to, f->size, p->text); break;
	case FILE_NAME: set_file_name(p, f->in); break;
	case SELECTION: current_instrument(p)->selection = read_selection(p); break;
	}
}

/* A component's gain goes to its layers; which of them sound together is decided when the instrument ends. */
static void
end_part(parser *p)
{
	kit_desc_instrument *in = current_instrument(p);
	if (p->part.muted)
		kit_desc_drop_layers(in, p->part.first_layer);
	if (in->n_layers == p->part.first_layer)
		return;
	if (p->n_parts >= MAX_COMPONENTS) {
		kit_warn(p->warner, "instrument '%s': only the first %d components are used", in->name,
			 MAX_COMPONENTS);
		kit_desc_drop_layers(in, p->part.first_layer);
		return;
	}
	float gain = p->part.gain;
	for (int c = 0; c < p->n_components; c++)
		if (p->components[c].id == p->part.component)
			gain *= p->components[c].volume;
	for (uint32_t l = p->part.first_layer; l < in->n_layers; l++)
		in->layers[l].gain *= gain;
	p->parts[p->n_parts++] = p->part;
}

static void
end_layer(parser *p)
{
	kit_desc_instrument *in = current_instrument(p);
	kit_desc_layer *l = current_layer(p);
	if (p->layer_cut && (p->end_frame <= 0.0f || p->end_frame > p->start_frame)) {
		l->offset = (uint32_t)p->start_frame;
		l->end = (uint32_t)p->end_frame;
	}
	if (p->layer_muted)
		kit_desc_drop_layers(in, in->n_layers - 1);
}

/* Older kits give a gain to each side (Hydrogen's own conversion). */
static void
end_instrument(parser *p)
{
	kit_desc_instrument *in = current_instrument(p);
	const float l = in->pan_left, r = in->pan_right;
	if (l >= 0.0f && r >= 0.0f && l + r > 0.0f)
		in->pan = l >= r ? r / l - 1.0f : 1.0f - l / r;
	if (p->n_parts > 1) {
		uint32_t first[MAX_COMPONENTS];
		for (int c = 0; c < p->n_parts; c++)
			first[c] = p->parts[c].first_layer;
		if (kit_mix_components(in, first, (uint32_t)p->n_parts, p->warner) != DR_OK)
			stop(p, DR_FAILED, "out of memory");
	}
}

static void XMLCALL
end_element(void *user, const XML_Char *name)
{
	parser *p = user;
	name = without_prefix(name);
	const enum place place = p->stack[--p->depth];
	if (p->status != DR_OK)
		return;
	p->text[p->text_length] = '\0';
	if (place == PART)
		end_part(p);
	else if (place == LAYER)
		end_layer(p);
	else if (place == INSTRUMENT)
		end_instrument(p);
	else if (place == COMPONENT && p->n_components < MAX_COMPONENTS)
		p->components[p->n_components++] = p->component;
	if (place != LEAF)
		return;
	const enum place parent = p->stack[p->depth - 1];
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].in == parent && strcmp(fields[i].name, name) == 0)
			set_field(p, &fields[i]);
	p->text_length = 0;
}

static void XMLCALL
refuse_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
	(void)name, (void)system, (void)public, (void)internal;
	stop(user, DR_BAD_INPUT, "document types and entities are refused");
}

dr_status
kit_hydrogen_parse(const char *text, size_t size, kit_warner *warner, kit_desc **out, dr_error *err)
{
	if (size > KIT_HYDROGEN_MAX_BYTES)
		return error_set(err, DR_BAD_INPUT, "%s: too long for a drumkit", warner->where);
	parser *p = calloc(1, sizeof *p);
	if (!p)
		return error_set(err, DR_FAILED, "%s: out of memory", warner->where);
	p->warner = warner;
	p->desc = kit_desc_new();
	if (p->desc)
		p->desc->format = "Hydrogen";
	p->xml = XML_ParserCreate(NULL);
	const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (p->desc && p->xml && c_locale) {
		const locale_t before = uselocale(c_locale);
		XML_SetUserData(p->xml, p);
		XML_SetElementHandler(p->xml, start_element, end_element);
		XML_SetCharacterDataHandler(p->xml, add_text);
		XML_SetStartDoctypeDeclHandler(p->xml, refuse_doctype);
		if (XML_Parse(p->xml, text, (int)size, 1) != XML_STATUS_OK)
			stop(p, DR_BAD_INPUT, XML_ErrorString(XML_GetErrorCode(p->xml)));
		uselocale(before);
	} else {
		p->status = error_set(&p->error, DR_FAILED, "%s: out of memory", warner->where);
	}
	const dr_status status = p->status;
	if (status != DR_OK) {
		kit_desc_free(p->desc);
		if (err)
			*err = p->error;
	} else {
		*out = p->desc;
	}
	if (c_locale)
		freelocale(c_locale);
	if (p->xml)
		XML_ParserFree(p->xml);
	free(p);
	return status;
}
