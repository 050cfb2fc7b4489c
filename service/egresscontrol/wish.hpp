#pragma once

#include "plugins/common/result.hpp"

#include <string>

namespace lm::egresscontrol {

/// Which track somebody wants an egress for.
struct Wish {
    std::string room;
    std::string track;
};

/// Of a JSON body: `roomName`, `trackId`, no other. The error names the field.
Result<Wish> readWish(const std::string& body);

} // namespace lm::egresscontrol
