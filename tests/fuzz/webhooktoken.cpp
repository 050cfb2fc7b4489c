#include "service/webhook/signature.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/service/webhook/vector.hpp"

// Who does not know the secret signs nothing, whatever he writes; a signed body is bound to every byte.
// Input: 2 bytes that decide where to spoil, then `Authorization LF body`.

using namespace lm;
using fuzz::promise;
namespace vector = webhook::vector;
using Verdict = webhook::Signature::Verdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    const std::size_t spoiler = front.take(2);
    const std::string_view text = fuzz::asText(front.rest(), front.left());
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view authorization = text.substr(0, end),
                           body = text.substr(std::min(end + 1, text.size()));
    const webhook::Signature signature("devkey", "secret"), stranger("devkey", "another"), none("", "");

    const Verdict verdict = signature.check(authorization, body, vector::signedAt);
    promise(verdict != Verdict::Valid || body == vector::body, "no forgery");
    promise((verdict == Verdict::Unsigned) == authorization.empty(), "unsigned when there is none");
    promise(stranger.check(authorization, body, vector::signedAt) != Verdict::Valid, "its secret is bound");
    promise(none.check(authorization, body, vector::signedAt) != Verdict::Valid,
            "without a key nothing is valid");

    std::string changed = vector::body;
    changed[spoiler % changed.size()] ^= 1;
    promise(signature.check(vector::authorization, changed, vector::signedAt) == Verdict::Mismatch,
            "every byte of a body counts");
    promise(signature.check(vector::authorization, vector::body, vector::signedAt) == Verdict::Valid,
            "what LiveKit signed is let in");
    return 0;
}
