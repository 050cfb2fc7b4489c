#include "service/rest/parameters.hpp"

#include "service/domain/query.hpp"
#include "service/domain/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace lm::rest {
namespace {

std::string listOf(std::initializer_list<const char*> names) {
    std::string list;
    for (const char* name : names)
        list += (list.empty() ? "" : ", ") + std::string(name);
    return list.empty() ? "none" : list;
}

} // namespace

Result<Parameters> Parameters::read(const std::string& query, std::initializer_list<const char*> known) {
    Parameters parameters;
    for (const auto& [encodedName, encodedValue] : domain::splitQuery(query)) {
        if (encodedName.empty() && encodedValue.empty()) continue;
        const std::string shown(encodedName.substr(0, 100));
        const auto name = domain::decodeFormText(encodedName);
        if (!name || std::find(known.begin(), known.end(), *name) == known.end())
            return Error{"There is no such parameter; there are: " + listOf(known) + ".", shown};
        const auto value = domain::decodeFormText(encodedValue);
        if (!value || !domain::isUtf8(*value) || value->find('\0') != std::string::npos)
            return Error{*name + " must be percent-encoded UTF-8.", *name};
        if (!parameters.values_.emplace(*name, *value).second)
            return Error{*name + " must be there once.", *name};
    }
    return parameters;
}

std::optional<std::string> Parameters::text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

Result<std::uint32_t> Parameters::number(const std::string& name, std::uint32_t least, std::uint32_t most,
                                         std::uint32_t otherwise) const {
    const auto value = text(name);
    if (!value) return otherwise;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc() || end != value->data() + value->size() || number < least || number > most)
        return Error{name + " must be a number from " + std::to_string(least) + " to " +
                         std::to_string(most) + ".",
                     name};
    return number;
}

Result<store::PageRequest> Parameters::page() const {
    store::PageRequest request;
    const auto limit = number("limit", 1, 200, request.limit);
    if (!limit) return limit.error();
    request.limit = *limit;
    if (const auto cursor = text("cursor")) {
        request.after = store::Cursor::parse(*cursor);
        if (!request.after) return Error{"cursor must be the nextCursor of the page before.", "cursor"};
    }
    return request;
}

} // namespace lm::rest
