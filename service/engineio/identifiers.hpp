#pragma once

#include <string>

namespace lm::engineio {

/// 20 characters of the URL-safe base64 alphabet: 120 random bits of the kernel.
std::string randomId();

} // namespace lm::engineio
