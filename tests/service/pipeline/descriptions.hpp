#pragma once

#include "service/pipeline/catalogue.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace lm::test {

/// A description of stock elements with everything a description can have.
inline constexpr char stockDescription[] = R"({
  "title": "Stock elements",
  "template": [
    "fakesrc name=source num-buffers=3 ! identity name=middle !",
    "volume name=normalizer ! fakesink name=recording sync=false async=false"
  ],
  "variants": {
    "short": {
      "title": "Without the volume",
      "template": ["fakesrc name=source num-buffers=3 ! identity name=middle ! fakesink name=recording async=false"],
      "without": ["normalizer"]
    }
  },
  "parameters": {
    "type": "object", "required": ["buffers"], "additionalProperties": false,
    "properties": {
      "buffers": {"type": "integer", "minimum": -1, "maximum": 1000, "element": "source", "property": "num-buffers"},
      "silent": {"type": "boolean", "default": true, "element": "middle", "property": "silent"},
      "drop": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.25,
               "element": "middle", "property": "drop-probability"},
      "fill": {"type": "string", "enum": ["nothing", "zero"], "default": "zero",
               "targets": [{"element": "source", "property": "filltype"}]},
      "label": {"type": "string", "element": "source", "property": "name"},
      "key": {"type": "string", "secret": true, "element": "middle", "property": "name"},
      "bind": {"type": "boolean", "default": false}
    }
  },
  "bindings": [
    {"from": {"element": "middle", "property": "drop-probability"},
     "to": {"element": "normalizer", "property": "volume"}, "when": "bind"}
  ],
  "expendable": ["normalizer"]
})";

/// A catalogue with `text` as description `audio`; a failing test when it is refused.
inline pipeline::Catalogue catalogueOf(const std::string& text) {
    pipeline::Catalogue catalogue;
    const auto error = catalogue.add(text, "audio", "audio.json");
    EXPECT_FALSE(error) << (error ? error->where + ": " + error->message : "");
    if (error) throw std::runtime_error("the test's description is refused");
    return catalogue;
}

/// A source and a sink with these parameters, text of JSON members.
inline std::string plainParameters(const std::string& parameters) {
    return R"({"title": "t", "template": ["fakesrc name=source ! fakesink"], "parameters": {"type": "object",
      "additionalProperties": false, "properties": {)" +
           parameters + "}}}";
}

/// A description around `launch` alone.
inline std::string plainDescription(const std::string& launch, const std::string& more = "") {
    return R"({"title": "t", "template": [")" + launch +
           R"("], "parameters": {"type": "object", "properties": {}, "additionalProperties": false})" + more +
           "}";
}

} // namespace lm::test
