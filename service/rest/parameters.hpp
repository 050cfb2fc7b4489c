#pragma once

#include "plugins/common/result.hpp"
#include "service/store/page.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

namespace lm::rest {

/// The parameters of a query, decoded.
class Parameters {
public:
    /// An error, with the parameter's name, for one that is not among `known`, that is there twice, or that
    /// is not percent-encoded UTF-8.
    static Result<Parameters> read(const std::string& query, std::initializer_list<const char*> known);

    std::optional<std::string> text(const std::string& name) const;
    /// `otherwise` when it is not there; an error when it is no number in the bounds.
    Result<std::uint32_t> number(const std::string& name, std::uint32_t least, std::uint32_t most,
                                 std::uint32_t otherwise) const;
    /// Of `cursor` and `limit` (1 to 200, 50 when it is not there).
    Result<store::PageRequest> page() const;

private:
    std::map<std::string, std::string> values_;
};

} // namespace lm::rest
