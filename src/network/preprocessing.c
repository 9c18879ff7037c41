/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/network.h>
#include <gbp/registry.h>

static const GbpEntry *const preprocessings[] = {
    &(const GbpEntry){GBP_PREPROCESS_AUTO, "auto", "As the file says",
        "As the weight file says of itself or its names imply"},
    &(const GbpEntry){GBP_PREPROCESS_NONE, "none", "None",
        "RGB as it is, as networks want it that scale it themselves"},
    &(const GbpEntry){GBP_PREPROCESS_UNIT, "unit", "0 to 1", "RGB / 255"},
    &(const GbpEntry){GBP_PREPROCESS_TF, "tf", "TensorFlow's",
        "RGB / 127.5, minus 1, as Keras' MobileNet networks want it"},
    &(const GbpEntry){GBP_PREPROCESS_CAFFE, "caffe", "Caffe's",
        "BGR, minus the mean, as Keras' VGG networks want it"},
    &(const GbpEntry){GBP_PREPROCESS_TORCH, "torch", "PyTorch's",
        "RGB / 255, minus the mean, by the deviation, as torchvision's do"},
    NULL,
};

const GbpEntry *const *
gbp_list_preprocessings (void)
{
  return preprocessings;
}

static const GbpEntry *const scorings[] = {
    &(const GbpEntry){GBP_SCORING_AUTO, "auto", "As the file says",
        "As the weight file says of itself or its kind implies"},
    &(const GbpEntry){GBP_SCORING_NONE, "none", "None", "The logits as they are"},
    &(const GbpEntry){GBP_SCORING_SOFTMAX, "softmax", "Softmax",
        "Shares of 1 that all classes are together: one of them is right"},
    &(const GbpEntry){GBP_SCORING_SIGMOID, "sigmoid", "Sigmoid",
        "0 to 1 for each class by itself: several may be right"},
    NULL,
};

const GbpEntry *const *
gbp_list_scorings (void)
{
  return scorings;
}
