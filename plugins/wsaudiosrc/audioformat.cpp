#include "plugins/wsaudiosrc/audioformat.hpp"

#include "plugins/common/handles.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace lm::wsaudiosrc {
namespace {

std::optional<Error> readNumber(GHashTable* parameters, const char* name, std::uint32_t low,
                                std::uint32_t high, std::uint32_t& value) {
    const auto* text = static_cast<const char*>(g_hash_table_lookup(parameters, name));
    if (!text) return std::nullopt;
    const std::string_view view(text);
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(view.data(), view.data() + view.size(), number);
    if (failure != std::errc() || end != view.data() + view.size() || number < low || number > high)
        return Error{std::string(name) + " must be a whole number from " + std::to_string(low) + " to " +
                         std::to_string(high),
                     name};
    value = number;
    return std::nullopt;
}

} // namespace

Result<AudioFormat> parseFormat(const char* query, AudioFormat defaults) {
    Owned<GError> failure;
    auto parameters =
        Ref<GHashTable>::adopt(g_uri_parse_params(query, -1, "&", G_URI_PARAMS_WWW_FORM, OutPtr(failure)));
    if (!parameters) return Error{"the query cannot be read: " + std::string(failure->message), "query"};
    AudioFormat format = defaults;
    if (auto error = readNumber(parameters.get(), "sampleRate", minRate, maxRate, format.rate)) return *error;
    if (auto error = readNumber(parameters.get(), "channels", 1, maxChannels, format.channels)) return *error;
    return format;
}

} // namespace lm::wsaudiosrc
