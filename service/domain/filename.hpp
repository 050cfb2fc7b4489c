#pragma once

#include "service/domain/egressrequest.hpp"
#include "service/domain/utc.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace lm::domain {

/// Longest component `pathComponent` makes by default; leaves room for an extension and a number.
inline constexpr std::size_t maxComponentBytes = 200;

/// A name for one file or directory out of any text: valid UTF-8 of at most `maxBytes` (32 at least), never
/// empty, no separator, no control or direction character, nothing that file systems reserve, no leading dot
/// or dash. Text that is such a name already is kept as it is; where something had to be changed or cut, a
/// short hash of the text is added, so that different texts stay different names. Empty text becomes
/// `unknown`.
std::string pathComponent(std::string_view text, std::size_t maxBytes = maxComponentBytes);

/// `<timestamp>_<room>_<participant>_<track>` without an extension, at most 224 bytes: a suffix such as
/// `-2.wav` still fits into the 255 bytes of a file name. Two tracks may get the same stem within a
/// millisecond: whoever creates the file must create it exclusively.
std::string recordingStem(UtcTime start, const EgressRequest& request);
/// The stem with `.` and the extension.
std::string recordingFileName(UtcTime start, const EgressRequest& request,
                              std::string_view extension = "wav");

} // namespace lm::domain
