#include "service/daemon/plugin.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"

#include <filesystem>
#include <optional>

namespace lm::daemon {
namespace {

namespace fs = std::filesystem;

constexpr char fileName[] = "libgstlivemeeting.so";

std::string join(const std::vector<std::string>& paths) {
    std::string list;
    for (const std::string& path : paths)
        list += (list.empty() ? "" : ", ") + path;
    return list;
}

std::optional<Error> missingElement() {
    for (const char* name :
         {names::wsaudiosrc::factory, names::blockaggregator::factory, names::imentivsink::factory}) {
        const auto factory = Ref<GstElementFactory>::adopt(gst_element_factory_find(name));
        if (!factory) return Error{std::string("the plugin ") + fileName + " has no element " + name};
    }
    return std::nullopt;
}

} // namespace

std::string executablePath() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).string();
}

std::vector<std::string> pluginCandidates(const std::string& executable) {
    const fs::path directory = fs::path(executable).parent_path();
    const fs::path prefix = directory.parent_path();
    return {(prefix / "plugins" / fileName).string(),
            (prefix / LM_LIBDIR / "gstreamer-1.0" / fileName).string(),
            (fs::path(LM_PLUGIN_DIR) / fileName).string()};
}

Result<std::string> loadPlugin(const std::string& executable) {
    Owned<GError> error;
    if (!gst_init_check(nullptr, nullptr, OutPtr(error)))
        return Error{std::string("GStreamer does not start: ") + (error ? error->message : "unknown reason")};
    const auto candidates = pluginCandidates(executable);
    for (const std::string& path : candidates) {
        if (std::error_code ignored; !fs::exists(path, ignored)) continue;
        const auto plugin = Ref<GstPlugin>::adopt(gst_plugin_load_file(path.c_str(), OutPtr(error)));
        if (!plugin) return Error{std::string("cannot load ") + path + ": " + error->message, path};
        if (auto missing = missingElement()) return *missing;
        return path;
    }
    return Error{std::string(fileName) + " is not there; looked for " + join(candidates)};
}

} // namespace lm::daemon
