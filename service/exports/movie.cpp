#include "service/exports/movie.hpp"

#include <algorithm>
#include <string_view>

namespace lm::exports {
namespace {

constexpr std::uint64_t pieceBytes = 64 << 10;
constexpr std::string_view magic = "\x1a\x45\xdf\xa3", cluster = "\x1f\x43\xb6\x75"; // ids of elements

} // namespace

Result<std::optional<Portion>> Movie::next() {
    const auto length = static_cast<std::size_t>(std::min(pieceBytes, file_->size - at_));
    if (length == 0) return std::optional<Portion>();
    auto bytes = downloads::readAt(*file_, at_, length);
    if (!bytes) return Error{"a recording cannot be read to its end", name_};
    at_ += length;
    return std::optional(Portion{std::move(*bytes)});
}

bool holdsPictures(const downloads::Snapshot& file) {
    const auto head = downloads::readAt(file, 0, static_cast<std::size_t>(std::min(pieceBytes, file.size)));
    return head && head->starts_with(magic) && head->find(cluster) != std::string::npos;
}

} // namespace lm::exports
