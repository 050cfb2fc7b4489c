#include "plugins/common/jsonoutline.hpp"

namespace lm {
namespace {

/// Follows a text from the outside: strings, brackets, and what stands at the top level.
class Outline {
public:
    explicit Outline(int maxDepth) : maxDepth_(maxDepth) {}

    /// Why the text ends to be acceptable with `c`.
    std::optional<std::string> step(char c) {
        if (inString_) return inside(c);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ended_ = ended_ || inWord_;
            return std::nullopt;
        }
        if (c == '/') return "unexpected '/': JSON has no comments";
        if (depth_ == 0 && ended_) return "something stands behind the value";
        if (c == '}' || c == ']') {
            ended_ = --depth_ <= 0;
            return std::nullopt;
        }
        if (c == '{' || c == '[' || c == '"') return begin(c);
        inWord_ = depth_ == 0;
        return std::nullopt;
    }

private:
    std::optional<std::string> inside(char c) {
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            inString_ = false;
            ended_ = depth_ == 0;
        }
        return std::nullopt;
    }
    std::optional<std::string> begin(char c) {
        if (depth_ == 0 && inWord_) return "something stands behind the value";
        inString_ = c == '"';
        if (!inString_ && ++depth_ > maxDepth_)
            return "nested more than " + std::to_string(maxDepth_) + " levels deep";
        return std::nullopt;
    }

    const int maxDepth_;
    int depth_ = 0;
    bool inString_ = false, escaped_ = false;
    bool inWord_ = false; // a number, true and the like, at the top level
    bool ended_ = false;  // the one value
};

} // namespace

std::optional<JsonMisfit> jsonMisfit(std::string_view text, int maxDepth) {
    Outline outline(maxDepth);
    for (std::size_t i = 0; i < text.size(); ++i)
        if (auto reason = outline.step(text[i])) return JsonMisfit{i, std::move(*reason)};
    return std::nullopt;
}

} // namespace lm
