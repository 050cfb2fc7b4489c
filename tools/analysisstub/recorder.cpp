#include "tools/analysisstub/recorder.hpp"

#include "plugins/common/handles.hpp"

#include <json-glib/json-glib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lm::analysisstub {

std::string toJson(const Entry& entry) {
    const auto builder = Ref<JsonBuilder>::adopt(json_builder_new());
    auto* json = builder.get();
    const auto number = [json](const char* name, std::uint64_t value) {
        json_builder_set_member_name(json, name);
        json_builder_add_int_value(json, static_cast<gint64>(value));
    };
    const auto text = [json](const char* name, const std::string& value) {
        json_builder_set_member_name(json, name);
        json_builder_add_string_value(json, value.c_str());
    };
    json_builder_begin_object(json);
    number("number", entry.number);
    text("time", entry.time);
    text("method", entry.method);
    text("path", entry.path);
    text("query", entry.query);
    json_builder_set_member_name(json, "headers");
    json_builder_begin_object(json);
    for (const auto& [name, value] : entry.headers)
        text(name.c_str(), value);
    json_builder_end_object(json);
    number("size", entry.size);
    text("sha256", entry.sha256);
    text("file", entry.file);
    number("status", entry.status);
    json_builder_end_object(json);
    JsonNode* root = json_builder_get_root(json);
    const Owned<char> line(json_to_string(root, FALSE));
    json_node_unref(root);
    return line.get();
}

Result<Recorder> Recorder::open(const std::string& directory) {
    Recorder recorder;
    if (directory.empty()) return recorder;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    recorder.directory_ = directory;
    recorder.index_.reset(std::fopen((directory + "/index.jsonl").c_str(), "ae"));
    if (!recorder.index_) return Error{"cannot write " + directory + "/index.jsonl: " + std::strerror(errno)};
    return recorder;
}

File Recorder::createBody(std::uint64_t number, std::string& name) const {
    char text[32];
    std::snprintf(text, sizeof text, "%06llu.body", static_cast<unsigned long long>(number));
    name = text;
    return File(std::fopen((directory_ + "/" + name).c_str(), "wbe"));
}

void Recorder::add(const Entry& entry) {
    recent_.push_back(toJson(entry));
    if (recent_.size() > kRecent) recent_.pop_front();
    if (!index_) return;
    std::fprintf(index_.get(), "%s\n", recent_.back().c_str());
    std::fflush(index_.get());
}

std::string Recorder::recent() const {
    std::string array = "[";
    for (const auto& line : recent_)
        array += (array.size() > 1 ? ",\n " : "\n ") + line;
    return array + "\n]\n";
}

} // namespace lm::analysisstub
