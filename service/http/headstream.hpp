#pragma once

#include "plugins/common/handles.hpp"

#include <string>

namespace lm::http {

/// `base` as it was before `received` was read from it: delivers `received`, then what `base` delivers. No
/// read goes beyond the first `head` bytes while some of them are left, so that a reader of the head takes
/// nothing of what follows into a buffer of its own. Written bytes go straight to `base`, which is closed
/// with this and is found below it as "base-iostream". Pollable, for one thread at a time.
Ref<GIOStream> withHead(Ref<GIOStream> base, std::string received, std::size_t head);

} // namespace lm::http
