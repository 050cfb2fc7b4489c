#include "service/pipeline/catalogue.hpp"

#include "service/json/embedded.hpp"
#include "service/pipeline/builder.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace lm::pipeline {
namespace {

namespace fs = std::filesystem;

const json::Schema& descriptionSchema() {
    static const json::Schema schema = [] {
        auto compiled =
            json::Schema::compileText(json::embeddedSchema("pipeline.schema.json"), "pipeline.schema.json");
        if (!compiled) throw std::logic_error(json::describe(compiled.error()));
        return *compiled;
    }();
    return schema;
}

Result<std::vector<fs::path>> descriptionFiles(const std::string& dir) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed))
        if (it->path().extension() == ".json") files.push_back(it->path());
    if (failed) return Error{"PIPELINES_DIR cannot be read: " + failed.message(), dir};
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

Result<Catalogue> Catalogue::load(const std::string& overrideDir) {
    Catalogue catalogue;
    std::vector<fs::path> overrides;
    if (!overrideDir.empty()) {
        auto files = descriptionFiles(overrideDir);
        if (!files) return files.error();
        overrides = std::move(*files);
    }
    for (const json::EmbeddedFile& file : json::embeddedPipelines()) {
        const bool replaced = std::any_of(overrides.begin(), overrides.end(),
                                          [&](const fs::path& path) { return path.filename() == file.name; });
        if (replaced) continue;
        const std::string name = fs::path(file.name).stem();
        if (auto error = catalogue.add(file.text, name, "pipelines/" + std::string(file.name))) return *error;
    }
    for (const fs::path& path : overrides) {
        Owned<char> text;
        gsize size = 0;
        Owned<GError> error;
        if (!g_file_get_contents(path.c_str(), OutPtr(text), &size, OutPtr(error)))
            return Error{error ? error->message : "cannot be read", path};
        if (auto wrong = catalogue.add({text.get(), size}, path.stem(), path)) return *wrong;
    }
    return catalogue;
}

std::optional<Error> Catalogue::add(std::string_view text, const std::string& name, const std::string& file) {
    const auto document = json::parse(text, file);
    if (!document) return document.error();
    if (auto error = descriptionSchema().check(document->get()))
        return Error{error->message, file + ": " + (error->where.empty() ? "/" : error->where)};
    auto variants = readDescription(document->get(), name, file);
    if (!variants) return variants.error();
    for (const NamedVariant& variant : *variants)
        if (auto error = verify(variant.description)) return error;
    std::erase_if(descriptions_, [&](const auto& entry) { return entry.first.first == name; });
    for (NamedVariant& variant : *variants)
        descriptions_.emplace(std::pair(name, variant.variant), std::move(variant.description));
    return std::nullopt;
}

const Description* Catalogue::find(const std::string& name, const std::string& variant) const {
    auto found = descriptions_.find({name, variant});
    if (found == descriptions_.end()) found = descriptions_.find({name, ""});
    return found == descriptions_.end() ? nullptr : &found->second;
}

} // namespace lm::pipeline
