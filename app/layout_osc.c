/* A session for Open Stage Control (.json). */
#include "app/layout.h"

#include "model/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
range(float low, float high)
{
	return json_pack("{s:f, s:f}", "min", (double)low, "max", (double)high);
}

static void
add_buttons(json_t *w, const layout_control *c)
{
	json_object_set_new(w, "mode", json_string(c->kind == LAYOUT_TOGGLE ? "toggle" : "push"));
	json_object_set_new(w, "on", json_real((double)c->high));
	json_object_set_new(w, "off", json_real((double)c->low));
	json_object_set_new(w, "label", json_false());
	if (c->kind != LAYOUT_PAD)
		return;
	/* The higher it is hit, the louder. */
	char script[160];
	snprintf(script, sizeof script,
		 "if (value) send('%s', Math.max(0.05, Math.min(1, locals.touchCoords[1])))", c->path);
	json_object_set_new(w, "bypass", json_true());
	json_object_set_new(w, "onValue", json_string(script));
}

static void
add_own(json_t *w, const layout_control *c)
{
	switch (c->kind) {
	case LAYOUT_LABEL:
		json_object_set_new(w, "value", json_string(c->text));
		json_object_set_new(w, "bypass", json_true());
		break;
	case LAYOUT_BUTTON:
	case LAYOUT_PAD:
	case LAYOUT_TOGGLE: add_buttons(w, c); break;
	case LAYOUT_FADER:
	case LAYOUT_LIGHT:
		json_object_set_new(w, "range", range(c->low, c->high));
		json_object_set_new(w, "horizontal", json_boolean(c->across));
		json_object_set_new(w, "design", json_string("compact"));
		if (c->whole)
			json_object_set_new(w, "steps", json_integer((int)(c->high - c->low) + 1));
		if (c->kind == LAYOUT_LIGHT) {
			json_object_set_new(w, "interaction", json_false());
			json_object_set_new(w, "bypass", json_true());
		}
		break;
	case LAYOUT_XY:
		json_object_set_new(w, "rangeX", range(c->low, c->high));
		/* Upside down: above is where the first kit is, at 0. */
		json_object_set_new(w, "rangeY", range(c->high, c->low));
		json_object_set_new(w, "snap", json_true());
		break;
	}
}

static json_t *
widget(const layout_page *p, const layout_control *c)
{
	static const char *const type[] = {"text", "button", "button", "button", "fader", "xy", "fader"};
	char id[2 * LAYOUT_NAME], colour[16];
	const float *rgb = layout_rgb(c->colour);
	snprintf(id, sizeof id, "%s %s", p->name, c->name);
	snprintf(colour, sizeof colour, "#%02x%02x%02x", (unsigned)(rgb[0] * 255.0f),
		 (unsigned)(rgb[1] * 255.0f), (unsigned)(rgb[2] * 255.0f));
	json_t *w =
	    json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s}", "type", type[c->kind], "id", id, "left", c->at.x,
		      "top", c->at.y, "width", c->at.w, "height", c->at.h, "colorWidget", colour);
	if (c->kind != LAYOUT_LABEL) {
		json_object_set_new(w, "address", json_string(c->path));
		json_object_set_new(w, "typeTags", json_string("f"));
		json_object_set_new(w, "decimals", json_integer(4));
	}
	add_own(w, c);
	return w;
}

/* What the session does by itself: subscribes, and says every five seconds that it is still there. */
static char *
script(const layout_options *o)
{
	static const char form[] = "var subscribe = verb => {\n"
				   "%s%s%s"
				   "  send(verb, %s'all')\n"
				   "}\n"
				   "subscribe('/drumlin/subscribe')\n"
				   "setInterval('drumlin', () => subscribe('/drumlin/renew'), 5000)\n";
	char port[40] = "";
	if (o->port)
		snprintf(port, sizeof port, "{type: 'i', value: %d}, ", o->port);
	const char *before = o->token ? "  send('/drumlin/token', '" : "", *token = o->token ? o->token : "",
		   *behind = o->token ? "')\n" : "";
	const size_t size = sizeof form + sizeof port + strlen(before) + strlen(token) + strlen(behind);
	char *all = malloc(size);
	if (all)
		snprintf(all, size, form, before, token, behind, port);
	return all;
}

dr_status
layout_write_osc(const layout *l, char **data, size_t *size, dr_error *err)
{
	json_t *tabs = json_array();
	char *code = script(&l->options);
	for (int i = 0; i < LAYOUT_PAGES; i++) {
		const layout_page *p = &l->page[i];
		json_t *widgets = json_array();
		for (int k = 0; k < p->n; k++)
			json_array_append_new(widgets, widget(p, &p->control[k]));
		json_array_append_new(tabs, json_pack("{s:s, s:s, s:s, s:o}", "type", "tab", "id", p->name,
						      "label", p->name, "widgets", widgets));
	}
	json_t *root =
	    code ? json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:o}}", "createdWith", "Open Stage Control",
			     "version", "1.25.0", "type", "session", "content", "type", "root", "id", "root",
			     "onCreate", code, "tabs", tabs)
		 : NULL;
	*data = json_text(root, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(root);
	free(code);
	if (!*data)
		return error_set(err, DR_FAILED, "out of memory for the layout");
	*size = strlen(*data);
	return DR_OK;
}
