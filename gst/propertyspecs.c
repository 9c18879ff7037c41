/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "propertyspecs.h"

#include <gst/gst.h>

#include "enums.h"

#define PLAYING      (GST_PARAM_MUTABLE_PLAYING)
#define CONTROLLABLE (GST_PARAM_MUTABLE_PLAYING | GST_PARAM_CONTROLLABLE)
#define READY        (GST_PARAM_MUTABLE_READY)

#define SMALLEST_RANGE 1e-30 /* still a normal float */
#define MAX_SMOOTHING  60000

/* What a property is in the settings: the C type there. */
typedef enum {
  KIND_STRING,
  KIND_LAYER, /* a string that is never NULL */
  KIND_ENUM,
  KIND_INT,
  KIND_UINT,
  KIND_DOUBLE,
  KIND_BOOLEAN,
  KIND_NAMES, /* of the network, and not in the settings */
  KIND_STATS, /* of the stream, and not in the settings */
} Kind;

/* @offset: in GstGbpSettings, which also has the default
 * @least, @most: of a number
 * @get_type: of an enumeration
 * @flags: beside those that all have */
typedef struct {
  const char *name;
  const char *nick;
  Kind kind;
  gsize offset;
  guint flags;
  double least;
  double most;
  GType (*get_type) (void);
  const char *blurb;
} Property;

#define AT(member) G_STRUCT_OFFSET (GstGbpSettings, member)

/* In the order of gst-inspect-1.0. */
static const Property properties[] = {
    {"weights", "Weights", KIND_STRING, AT (weights), READY, 0, 0, NULL,
        "Weight file: a network that Keras (.h5, .keras) or ONNX describes, or the weights alone of a VGG16 or VGG19 of any width "
        "(.weights.h5, safetensors, or the JSON index of weights in several files); or a published "
        "network's bare name (vgg19, vgg19-top, vgg16, vgg16-top) after it was fetched; NULL: the built-in network, VGG19 at 1/4 width, trained on "
        "synthetic scenes with objects of 48 families. Read when the element starts"},
    {"preprocess", "Preprocess", KIND_ENUM, AT (preprocess), READY, 0, 0,
        gst_gbp_saliency_preprocess_get_type,
        "How pixels become the network's input: what the weights were trained with"},
    {"class-names", "Class names", KIND_STRING, AT (class_names), READY, 0, 0, NULL,
        "Text file with the names of the network's classes, one a line; NULL: the weight file's, "
        "else those of NAME.classes.txt beside it, if it is there"},
    {"scoring", "Scoring", KIND_ENUM, AT (scoring), READY, 0, 0, gst_gbp_saliency_scoring_get_type,
        "What makes scores of the logits of the network's classes; auto: the weight file's last "
        "layer, or of ONNX that ends with the logits a softmax"},
    {"input-size", "Input size", KIND_STRING, AT (input_size), READY, 0, 0, NULL,
        "WIDTHxHEIGHT of the network's input in pixels, where the weight file leaves it open; NULL: "
        "as the file says, else 224x224, or the smallest size that its dense layers can take"},
    {"threads", "Threads", KIND_UINT, AT (threads), READY, 0, 256, NULL,
        "Threads to compute with; 0: as many as the process may use. The number changes the time "
        "that a frame takes, never the picture"},
    {"layer", "Layer", KIND_LAYER, AT (aim.layer), PLAYING, 0, 0, NULL,
        "Where the network is cut: the layer whose response is explained, one of those that the "
        "property layers lists: block1_conv1 to block5_conv4 (after the ReLU), block1_pool to "
        "block5_pool, flatten, fc1, fc2, predictions (before the softmax) of the built-in one; where "
        "a network has no layer of the default name, its last one with a map"},
    {"layers", "Layers", KIND_NAMES, 0, 0, 0, 0, NULL,
        "The names of the loaded network's layers, from the input on; the built-in network's "
        "until another one is loaded"},
    {"classes", "Classes", KIND_NAMES, 0, 0, 0, 0, NULL,
        "The names of the loaded network's classes, one for each channel of its last layer, where "
        "it has them; the built-in network's until another one is loaded"},
    {"method", "Method", KIND_ENUM, AT (aim.target.method), PLAYING, 0, 0,
        gst_gbp_saliency_method_get_type,
        "What is computed: most are a rule by which the gradient passes each ReLU on the way back"},
    {"channel", "Channel", KIND_INT, AT (aim.target.channel), PLAYING, GBP_CHANNEL_STRONGEST,
        G_MAXINT, NULL,
        "Channel of the layer that is explained, from 0 (at the last one: the class); -1: all of "
        "them; -2: the one that responds most in each frame, reported in an element message "
        "\"gbpsaliency-channel\" when it changes"},
    {"class", "Class", KIND_STRING, AT (aim.class_name), PLAYING, 0, 0, NULL,
        "A class by its number, by its name, one of those that the property classes lists, or top, "
        "which follows the strongest one: the logit that is explained, whatever layer, channel and "
        "unit say; NULL: they say what is. An element message \"gbpsaliency-class\" tells which "
        "class is explained when it changes"},
    {"scores", "Scores", KIND_UINT, AT (aim.n_scores), PLAYING, 0, GST_GBP_MOST_SCORES, NULL,
        "How many of the strongest classes an element message \"gbpsaliency-scores\" and, with "
        "GStreamer 1.24 or later, a GstAnalyticsClsMtd on each frame tell of, for every map that is "
        "computed; free where class is set, else the network is computed to its end"},
    {"samples", "Samples", KIND_UINT, AT (aim.target.samples), PLAYING, 1, GBP_MAX_SAMPLES, NULL,
        "SmoothGrad: the map is the mean of those of so many noisy copies of the frame, each of which "
        "costs a computation; 1: that of the frame itself"},
    {"noise", "Noise", KIND_DOUBLE, AT (aim.target.noise), PLAYING, 0, 1, NULL,
        "Of samples: the noise's deviation, as a share of the difference between the frame's "
        "brightest and darkest component"},
    {"steps", "Steps", KIND_UINT, AT (aim.target.steps), PLAYING, 1, GBP_MAX_STEPS, NULL,
        "Of method=integrated-gradients: into how many parts the way from the baseline is divided, "
        "each of which costs a computation"},
    {"baseline", "Baseline", KIND_DOUBLE, AT (aim.target.baseline), PLAYING, 0, 255, NULL,
        "Of method=integrated-gradients: the value of all components where the way begins; 127.5: "
        "mid grey, 0: black"},
    {"randomize", "Randomize", KIND_STRING, AT (aim.randomize), PLAYING, 0, 0, NULL,
        "A layer: it and all above it are explained with random weights, as if they had learnt "
        "nothing: what of the picture stays the same does not come from them; NULL: as they are"},
    {"unit-x", "Unit X", KIND_INT, AT (aim.target.unit_x), PLAYING, GBP_UNIT_ALL, G_MAXINT, NULL,
        "Column of the layer's map that is explained, from 0 at the left; -1: all. Maps are 224 "
        "wide in block 1 and half as wide in each block after it: 14 in block 5"},
    {"unit-y", "Unit Y", KIND_INT, AT (aim.target.unit_y), PLAYING, GBP_UNIT_ALL, G_MAXINT, NULL,
        "Row of the layer's map that is explained, from 0 at the top; -1: all. Maps are as high "
        "as they are wide"},
    {"fit", "Fit", KIND_ENUM, AT (fit), PLAYING, 0, 0, gst_gbp_saliency_fit_get_type,
        "How a frame that is no square becomes the network's input; the picture goes back the same "
        "way, so that a feature lies on its pixel"},
    {"resample", "Resample", KIND_ENUM, AT (resample), PLAYING, 0, 0,
        gst_gbp_saliency_resample_get_type, "How a frame is scaled to the network's input"},
    {"blend", "Blend", KIND_DOUBLE, AT (style.blend), CONTROLLABLE, 0, 1, NULL,
        "The picture's share: (1 - blend) * frame + blend * picture; 1: the picture alone, unless "
        "look says more; 0: the video untouched, and nothing computed unless channel is -2, which "
        "reports"},
    {"look", "Look", KIND_ENUM, AT (style.look), PLAYING, 0, 0, gst_gbp_saliency_look_get_type,
        "How picture and video meet"},
    {"colormap", "Colour map", KIND_ENUM, AT (style.colormap), PLAYING, 0, 0,
        gst_gbp_saliency_colormap_get_type,
        "How the gradient becomes colour: rgb shows its three channels; the others how strong it "
        "is at each pixel, see reduce"},
    {"reduce", "Reduce", KIND_ENUM, AT (style.reduce), PLAYING, 0, 0,
        gst_gbp_saliency_reduce_get_type,
        "How the gradient's three channels become one strength, for all colour maps but rgb"},
    {"normalize", "Normalize", KIND_ENUM, AT (style.normalize), PLAYING, 0, 0,
        gst_gbp_saliency_normalize_get_type, "Which values get the colours at the ends"},
    {"clip", "Clip", KIND_DOUBLE, AT (style.clip), CONTROLLABLE, 1, 100, NULL,
        "Of normalize=percentile: the percentile of the values that are not zero; what is beyond "
        "is cut off"},
    {"range", "Range", KIND_DOUBLE, AT (style.range), CONTROLLABLE, SMALLEST_RANGE, G_MAXFLOAT,
        NULL,
        "Of normalize=fixed: the value with the colour at the upper end: the target's change for "
        "one of a pixel's 255 steps"},
    {"softness", "Softness", KIND_DOUBLE, AT (style.softness), CONTROLLABLE, GBP_SOFTNESS_AUTO,
        GBP_SOFTNESS_MAX, NULL,
        "Deviation of a Gaussian over the picture, in pixels of the network's input; -1: as the "
        "look wants it, and none for colormap=rgb alone"},
    {"smoothing", "Smoothing", KIND_DOUBLE, AT (style.smoothing), CONTROLLABLE, 0, MAX_SMOOTHING,
        NULL,
        "Time in milliseconds by which the range of the colours follows a change, and with "
        "smooth-map the picture itself; 0: at once. Begins anew at scene cuts and breaks"},
    {"smooth-map", "Smooth map", KIND_BOOLEAN, AT (style.smooth_map), PLAYING, 0, 0, NULL,
        "Whether smoothing also averages the maps over time, which steadies a noisy scene"},
    {"schedule", "Schedule", KIND_ENUM, AT (schedule), READY, 0, 0,
        gst_gbp_saliency_schedule_get_type,
        "Which frames wait for their map: every-frame: all, with several in flight; latest: none, "
        "they go out at once with the newest map; auto: latest where upstream is live"},
    {"workers", "Workers", KIND_UINT, AT (workers), READY, 0, 256, NULL,
        "With every-frame: frames that are computed at once, each with its share of the threads, "
        "and never more than there are threads; 1: the lowest latency; 0: as many as suit the "
        "cores, the memory and, live, the frame rate. latest has one"},
    {"interval", "Interval", KIND_UINT, AT (interval), PLAYING, 1, G_MAXINT, NULL,
        "Only every so many'th frame is computed; hold says what the others show"},
    {"hold", "Hold", KIND_ENUM, AT (hold), PLAYING, 0, 0, gst_gbp_saliency_hold_get_type,
        "What a frame shows that interval leaves out"},
    {"post-maps", "Post maps", KIND_BOOLEAN, AT (post_maps), PLAYING, 0, 0, NULL,
        "Post an element message \"gbpsaliency-map\" with the first frame that shows a map: the "
        "times of the frame that it is of, layer, method, target value, range, peak and time of "
        "computation"},
    {"attach-maps", "Attach maps", KIND_BOOLEAN, AT (attach_maps), PLAYING, 0, 0, NULL,
        "Put the raw map on each frame that shows it: a GstCustomMeta \"GstGbpSaliencyMapMeta\", and "
        "with GStreamer 1.26 or later also a GstTensorMeta"},
    {"only-regions", "Only regions", KIND_BOOLEAN, AT (only_regions), PLAYING, 0, 0, NULL,
        "Show the picture only within the regions of interest that elements before this one marked "
        "(GstVideoRegionOfInterestMeta)"},
    {"navigation", "Navigation", KIND_BOOLEAN, AT (follows_clicks), PLAYING, 0, 0, NULL,
        "Explain the unit of the layer's map under a click of the left button; the right one takes "
        "all units again"},
    {"stats", "Statistics", KIND_STATS, 0, 0, 0, 0, NULL,
        "Structure application/x-gbpsaliency-stats, since the element started: frames in, out, "
        "computed, held, equal, late and dropped; last-time, mean-time and p95-time of the last "
        "computations, and age of the map that was shown last, in nanoseconds (all uint64); "
        "workers, and threads of each (uint)"},
};

static const Property *
get_property (guint id)
{
  return &properties[id - 1];
}

static gpointer
get_member (const GstGbpSettings *settings, const Property *property)
{
  return G_STRUCT_MEMBER_P (settings, property->offset);
}

void
gst_gbp_property_store (GstGbpSettings *settings, guint id, const GValue *value)
{
  const Property *property = get_property (id);
  gpointer member = get_member (settings, property);

  switch (property->kind) {
    case KIND_STRING:
      g_free (*(char **) member);
      *(char **) member = g_value_dup_string (value);
      break;
    case KIND_LAYER:
      g_free (settings->aim.layer);
      settings->aim.layer =
          g_strdup (g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
      break;
    case KIND_ENUM:
      *(gint *) member = g_value_get_enum (value);
      break;
    case KIND_INT:
      *(gint *) member = g_value_get_int (value);
      break;
    case KIND_UINT:
      *(guint *) member = g_value_get_uint (value);
      break;
    case KIND_DOUBLE:
      *(double *) member = g_value_get_double (value);
      break;
    case KIND_BOOLEAN:
      *(gboolean *) member = g_value_get_boolean (value);
      break;
    case KIND_NAMES:
    case KIND_STATS:
      break;
  }
}

void
gst_gbp_property_read (const GstGbpSettings *settings, guint id, GValue *value)
{
  const Property *property = get_property (id);
  gconstpointer member = get_member (settings, property);

  switch (property->kind) {
    case KIND_STRING:
    case KIND_LAYER:
      g_value_set_string (value, *(char *const *) member);
      break;
    case KIND_ENUM:
      g_value_set_enum (value, *(const gint *) member);
      break;
    case KIND_INT:
      g_value_set_int (value, *(const gint *) member);
      break;
    case KIND_UINT:
      g_value_set_uint (value, *(const guint *) member);
      break;
    case KIND_DOUBLE:
      g_value_set_double (value, *(const double *) member);
      break;
    case KIND_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) member);
      break;
    case KIND_NAMES:
    case KIND_STATS:
      break;
  }
}

/* Whether the settings have it. */
static gboolean
is_kept (const Property *property)
{
  return property->kind != KIND_NAMES && property->kind != KIND_STATS;
}

static GParamSpec *
make_spec (const Property *property, const GstGbpSettings *defaults)
{
  const char *name = property->name, *nick = property->nick, *blurb = property->blurb;
  gconstpointer initial = get_member (defaults, property);
  GParamFlags flags = (GParamFlags) (property->flags | G_PARAM_STATIC_STRINGS | G_PARAM_READABLE
                                     | (is_kept (property) ? G_PARAM_WRITABLE : 0));

  switch (property->kind) {
    case KIND_ENUM:
      gst_type_mark_as_plugin_api (property->get_type (), 0);
      return g_param_spec_enum (
          name, nick, blurb, property->get_type (), *(const gint *) initial, flags);
    case KIND_INT:
      return g_param_spec_int (name, nick, blurb, (gint) property->least, (gint) property->most,
          *(const gint *) initial, flags);
    case KIND_UINT:
      return g_param_spec_uint (name, nick, blurb, (guint) property->least, (guint) property->most,
          *(const guint *) initial, flags);
    case KIND_DOUBLE:
      return g_param_spec_double (
          name, nick, blurb, property->least, property->most, *(const double *) initial, flags);
    case KIND_BOOLEAN:
      return g_param_spec_boolean (name, nick, blurb, *(const gboolean *) initial, flags);
    case KIND_NAMES:
      return g_param_spec_boxed (name, nick, blurb, G_TYPE_STRV, flags);
    case KIND_STATS:
      return g_param_spec_boxed (name, nick, blurb, GST_TYPE_STRUCTURE, flags);
    default:
      return g_param_spec_string (name, nick, blurb, *(char *const *) initial, flags);
  }
}

void
gst_gbp_property_specs_install (GObjectClass *object_class)
{
  GstGbpSettings defaults;

  gst_gbp_settings_init (&defaults);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_object_class_install_property (object_class, i + 1, make_spec (&properties[i], &defaults));
  gst_gbp_settings_clear (&defaults);
}

gboolean
gst_gbp_property_is_of_network (guint id)
{
  return get_property (id)->flags == READY;
}

gboolean
gst_gbp_property_is_setting (guint id)
{
  return is_kept (get_property (id));
}
