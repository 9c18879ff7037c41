/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "encoding.h"

#include "gif.h"
#include "mark.h"
#include "parts.h"

#include <gio/gio.h>
#include <gst/video/video.h>
#include <string.h>

/* H.264 with 8 bits and 4:2:0 colour plays everywhere, but has even sizes only. Without frames that are sent before
 * others that they follow, a variable rate keeps its last ones: a file's length is counted in the order of sending. */
#define EVEN "videoconvert ! videocrop name=crop ! video/x-raw,format=I420 ! "
#define H264                                                                                       \
  EVEN                                                                                             \
      "x264enc pass=qual quantizer=20 speed-preset=veryfast bframes=0 ! video/x-h264,profile=high" \
      " ! h264parse"
#define VP8                                                                                                       \
  "videoconvert ! vp8enc deadline=1 cpu-used=4 end-usage=cq cq-level=10 max-quantizer=40 target-bitrate=20000000" \
  " keyframe-max-dist=128"

/* AVI counts frames and samples from its beginning, and knows no times: what begins later, or is missing, is filled. */
#define MJPEG                                                                                      \
  "videorate ! videoconvert ! video/x-raw,format=I420,colorimetry=1:4:0:0 ! jpegenc quality=92"

/* A picture's pixels are square. JPEG has full range and the matrix of BT.601, which nothing in it says. */
#define SQUARE "videoconvert ! videoscale add-borders=false ! video/x-raw,pixel-aspect-ratio=1/1"
#define PNG    SQUARE " ! pngenc"
#define JPEG   SQUARE ",format=Y444,colorimetry=1:4:0:0 ! jpegenc quality=92"
#define WEBP   SQUARE " ! webpenc quality=90"

/* Of more frames a second some are left out: players take no shorter ones. */
#define GIF SQUARE " ! videorate drop-only=true max-rate=50 ! " GIF_ENCODER

/* After the encoder any amount of sound may wait: the video encoder looks ahead, and the muxer wants both. */
#define SOUND_ENTRANCE "queue ! "
#define SOUND_EXIT     " ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0"
#define SOUND          "audioconvert name=mix ! audioresample name=last ! "
#define FILLED_SOUND   "audiorate tolerance=2000000 ! " SOUND

/* The delays are those of libfdk-aac's manual and, of the others, measured. */
#define AAC_ENCODERS                                                                               \
  {                                                                                                \
    {"fdkaacenc ! aacparse", 2048}, {"avenc_aac bitrate=160000 ! aacparse", 1024},                 \
        {"voaacenc ! aacparse", 1600}, {NULL, 0},                                                  \
  }
#define AAC       "audio/mpeg,mpegversion=(int){2,4},framed=true"
#define OPUS      "audio/x-opus"
#define FRAGMENTS "fragment-duration=1000 streamable=true"

/* What the element is asked for, so that its picture is converted once. */
#define RAW       "video/x-raw,format="
#define YUV420    RAW "I420"
#define YUV444    RAW "Y444,colorimetry=1:4:0:0"
#define ANY_RGB   RAW "{RGBA,RGB,GRAY8,GRAY16_BE}"
#define PLAIN_RGB RAW "{RGBA,RGB}"
#define ONLY_RGB  RAW "RGB"

#define AVI_SOUND                                                                                  \
  {                                                                                                \
    {"lamemp3enc target=bitrate bitrate=192 ! mpegaudioparse", 1105}, {NULL, 0},                   \
  }
#define WEBM_SOUND                                                                                 \
  {                                                                                                \
    {"opusenc bitrate=128000", 0}, {NULL, 0},                                                      \
  }
#define WEBM_COPIED OPUS ";audio/x-vorbis"
#define MKV_COPIED  AAC ";" WEBM_COPIED

static const Encoding encodings[] = {
    {{".png"}, ANY_RGB, PNG, NULL, {{NULL, 0}}, NULL, NULL, NULL, 1, TRUE},
    {{".jpg", ".jpeg"}, YUV444, JPEG, NULL, {{NULL, 0}}, NULL, NULL, NULL, 1, FALSE},
    {{".webp"}, PLAIN_RGB, WEBP, NULL, {{NULL, 0}}, NULL, NULL, NULL, 1, TRUE},
    {{".gif"}, ONLY_RGB, GIF, NULL, {{NULL, 0}}, NULL, "identity", NULL, 1, FALSE},
    {{".mp4", ".m4v"}, YUV420, H264, SOUND, AAC_ENCODERS, AAC ";" OPUS, "mp4mux", FRAGMENTS, 16,
        FALSE},
    {{".mov"}, YUV420, H264, SOUND, AAC_ENCODERS, AAC, "qtmux", FRAGMENTS, 16, FALSE},
    {{".webm"}, YUV420, VP8, SOUND, WEBM_SOUND, WEBM_COPIED, "webmmux", NULL, 16, FALSE},
    {{".mkv"}, YUV420, H264, SOUND, AAC_ENCODERS, MKV_COPIED, "matroskamux", NULL, 2, FALSE},
    {{".avi"}, YUV420, MJPEG, FILLED_SOUND, AVI_SOUND, NULL, "avimux", NULL, 16, FALSE},
};

char *
encoding_list (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (encodings); i++)
    for (guint j = 0; encodings[i].suffixes[j] != NULL; j++) {
      gboolean is_last = i == G_N_ELEMENTS (encodings) - 1 && encodings[i].suffixes[j + 1] == NULL;

      g_string_append_printf (list, "%s%s",
          list->len == 0 ? ""
          : is_last      ? " or "
                         : ", ",
          encodings[i].suffixes[j]);
    }
  return g_string_free (list, FALSE);
}

const Encoding *
encoding_find (const char *path, GError **error)
{
  g_autofree char *name = g_ascii_strdown (path, -1);
  g_autofree char *list = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (encodings); i++)
    for (guint j = 0; encodings[i].suffixes[j] != NULL; j++)
      if (g_str_has_suffix (name, encodings[i].suffixes[j]))
        return &encodings[i];
  list = encoding_list ();
  if (*path == '\0')
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "OUTPUT is empty; name a file that ends with %s", list);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "cannot tell what to write from the name %s; it has to end with %s, or with .npy for the raw "
        "gradients",
        path, list);
  return NULL;
}

gboolean
encoding_is_film (const Encoding *encoding)
{
  return encoding->muxer != NULL;
}

GstCaps *
encoding_get_copied (const Encoding *encoding)
{
  return encoding->copied != NULL ? gst_caps_from_string (encoding->copied) : NULL;
}

/* Leaves out the last column of an odd width and the last row of an odd height. */
static GstPadProbeReturn
crop_to_even (GstPad *pad, GstPadProbeInfo *info, gpointer crop)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (gst_video_info_from_caps (&video, caps))
    g_object_set (crop, "right", GST_VIDEO_INFO_WIDTH (&video) % 2, "bottom",
        GST_VIDEO_INFO_HEIGHT (&video) % 2, NULL);
  return GST_PAD_PROBE_OK;
}

GstElement *
encoding_make_video (const Encoding *encoding, GError **error)
{
  GstElement *encoder = make_bin (encoding->video, error);
  g_autoptr (GstElement) crop = encoder ? gst_bin_get_by_name (GST_BIN (encoder), "crop") : NULL;

  if (crop != NULL) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (crop, "sink");
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, crop_to_even, crop, NULL);
  }
  return encoder;
}

/* The parser that brings sound which is copied into the muxer's form. */
static const char *
find_parser (const GstStructure *sound)
{
  if (gst_structure_has_name (sound, "audio/mpeg"))
    return "aacparse";
  return gst_structure_has_name (sound, "audio/x-opus") ? "opusparse" : "identity";
}

/* Channels of which nobody says where they are come out at both sides alike: each second one at the left, the others
 * at the right. */
static void
mix_down (GstElement *mixer, gint n_channels)
{
  GValue matrix = G_VALUE_INIT;

  gst_value_array_init (&matrix, 2);
  for (gint side = 0; side < 2; side++) {
    GValue row = G_VALUE_INIT;

    gst_value_array_init (&row, (guint) n_channels);
    for (gint i = 0; i < n_channels; i++) {
      GValue share = G_VALUE_INIT;

      g_value_init (&share, G_TYPE_FLOAT);
      g_value_set_float (&share, i % 2 == side ? 1.0f / (float) ((n_channels + 1 - side) / 2) : 0);
      gst_value_array_append_and_take_value (&row, &share);
    }
    gst_value_array_append_and_take_value (&matrix, &row);
  }
  g_object_set_property (G_OBJECT (mixer), "mix-matrix", &matrix);
  g_value_unset (&matrix);
}

gint
encoding_count_scattered (const GstCaps *sound)
{
  const GstStructure *structure = gst_caps_get_structure (sound, 0);
  guint64 places = 0;
  gint n_channels = 0;

  gst_structure_get_int (structure, "channels", &n_channels);
  gst_structure_get (structure, "channel-mask", GST_TYPE_BITMASK, &places, NULL);
  return n_channels > 2 && places == 0 ? n_channels : 0;
}

/* Has the encoder begin so much earlier as it is late. What it is late with takes the place of the sound's first
 * hundredths of a second: not every file can say that its beginning is to be left out.
 * @delay: a SoundEncoder's */
static GstPadProbeReturn
make_up_for_delay (GstPad *pad, GstPadProbeInfo *info, gpointer delay)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gint rate = 0;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  if (rate > 0)
    gst_pad_set_offset (
        pad, -(gint64) gst_util_uint64_scale_int (GPOINTER_TO_UINT (delay), GST_SECOND, rate));
  return GST_PAD_PROBE_OK;
}

/* The first encoder that is there, behind what brings raw sound into a form that it takes. */
static GstElement *
make_encoder (const Encoding *encoding, const GstCaps *caps, GError **error)
{
  const SoundEncoder *encoder = encoding->sounds;
  gint n_scattered = encoding_count_scattered (caps);
  g_autofree char *description = NULL;
  g_autoptr (GstElement) mixer = NULL, last = NULL;
  g_autoptr (GstPad) pad = NULL;
  GstElement *bin;

  while (encoder[1].description != NULL && !parts_are_there (encoder->description))
    encoder++;
  description =
      g_strconcat (SOUND_ENTRANCE, encoding->shape_sound, encoder->description, SOUND_EXIT, NULL);
  bin = make_bin (description, error);
  if (bin == NULL)
    return NULL;
  mixer = gst_bin_get_by_name (GST_BIN (bin), "mix");
  if (n_scattered > 0)
    mix_down (mixer, n_scattered);
  last = gst_bin_get_by_name (GST_BIN (bin), "last");
  pad = gst_element_get_static_pad (last, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, make_up_for_delay,
      GUINT_TO_POINTER (encoder->delay), NULL);
  return bin;
}

GstElement *
encoding_make_sound (const Encoding *encoding, const GstCaps *caps, GError **error)
{
  const GstStructure *sound = gst_caps_get_structure (caps, 0);
  g_autofree char *description = NULL;

  if (encoding->sounds[0].description == NULL) {
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s files have none", encoding->suffixes[0]);
    return NULL;
  }
  if (gst_structure_has_name (sound, "audio/x-raw"))
    return make_encoder (encoding, caps, error);
  description = g_strconcat (SOUND_ENTRANCE, find_parser (sound), SOUND_EXIT, NULL);
  return make_bin (description, error);
}

GstElement *
encoding_make_muxer (const Encoding *encoding, gboolean is_streamed, GError **error)
{
  const char *properties = is_streamed && encoding->streaming != NULL ? encoding->streaming : "";
  g_autofree char *description = g_strdup_printf ("%s %s", encoding->muxer, properties);
  g_autoptr (GError) reason = NULL;
  GstElement *muxer = make_element (encoding->muxer, error);

  if (muxer == NULL)
    return NULL;
  if (*properties != '\0') {
    gst_object_unref (gst_object_ref_sink (muxer));
    muxer = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  }
  mark_film (muxer);
  return muxer;
}
