#include "service/pipeline/dot.hpp"

#include "plugins/common/handles.hpp"

#include <sstream>

namespace lm::pipeline {
namespace {

std::string textOf(const Value& value) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << std::boolalpha;
    std::visit([&](const auto& v) { text << v; }, value);
    return text.str();
}

/// Text within a graphviz string. Labels know escapes of their own (\\l, \\N): every backslash is doubled.
std::string quoted(const std::string& text) {
    const Owned<char> valid(g_utf8_make_valid(text.c_str(), static_cast<gssize>(text.size())));
    std::string out;
    for (const char* c = valid.get(); *c; ++c) {
        if (*c == '"' || *c == '\\') out += '\\';
        out += static_cast<unsigned char>(*c) < ' ' ? ' ' : *c;
    }
    return out;
}

std::string note(const Description& description, const Values& values) {
    std::string label = quoted(description.title) + "\\l";
    for (const auto& [name, value] : values)
        label += quoted(name) + " = " + quoted(shownText(description, name, value)) + "\\l";
    return "  parameters [shape=note, style=\"filled\", fillcolor=\"#ffffee\", label=\"" + label + "\"];\n";
}

} // namespace

std::string shownText(const Description& description, const std::string& name, const Value& value) {
    return description.isSecret(name) ? "(set)" : textOf(value);
}

std::string dotText(GstElement* pipeline, const Description& description, const Values& values) {
    const auto details =
        static_cast<GstDebugGraphDetails>(GST_DEBUG_GRAPH_SHOW_CAPS_DETAILS | GST_DEBUG_GRAPH_SHOW_STATES);
    const Owned<char> drawn(gst_debug_bin_to_dot_data(GST_BIN(pipeline), details));
    std::string text = drawn.get();
    const std::size_t end = text.rfind('}');
    if (end == std::string::npos) return text;
    return text.insert(end, note(description, values));
}

} // namespace lm::pipeline
