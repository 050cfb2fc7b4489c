#pragma once

#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/plugins/imentivsink/spooldirectory.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/guarded.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace lm::test {

/// An analysis service that can go away and come back, and remembers what it took.
class FlakyService {
public:
    static constexpr unsigned kHang = 0;

    /// What it answers from now on; `kHang`: nothing.
    std::atomic<unsigned> status{200};

    std::string url(const std::string& path = "/ingest") const { return service_.url(path); }
    FakeService& service() { return service_; }
    /// What it answered 200 to, in order.
    std::vector<ReceivedPost> taken() { return taken_.copy(); }
    /// Sequences of what it took of a track, in order.
    std::vector<std::string> sequences(const std::string& track = "TR_1") {
        std::vector<std::string> all;
        for (const auto& request : taken())
            if (request.header("x-track-id") == track) all.push_back(request.header("x-block-sequence"));
        return all;
    }

private:
    Answer answer(const ReceivedPost& request) {
        Answer answer{status};
        answer.hold = answer.status == kHang;
        if (answer.hold) answer.status = 503;
        if (answer.status == 200) taken_.lock()->push_back(request);
        if (answer.status == 422) answer.body = "{\"error\":\"too short\"}";
        if (answer.status == 422) answer.headers = {{"Content-Type", "application/json"}};
        return answer;
    }

    Guarded<std::vector<ReceivedPost>> taken_;
    FakeService service_{[this](const ReceivedPost& request, std::size_t) { return answer(request); }};
};

/// Sets a sink up with a spool and without patience.
inline SinkRig::Setup spoolingInto(const SpoolDirectory& directory, const std::string& track = "TR_1",
                                   const SinkRig::Setup& more = {}) {
    return [path = directory.path(), track, more](GstElement* element) {
        g_object_set(element, "spool-directory", path.c_str(), "max-attempts", 1, "circuit-pause-ms", 20,
                     "refused-pause-ms", 50, "meeting-id", "RM_1", "participant", "Zoë", "track-id",
                     track.c_str(), "api-key", "sk-secret", nullptr);
        if (more) more(element);
    };
}

/// "0", "1", ... as sequences are sent.
inline std::vector<std::string> counted(unsigned count) {
    std::vector<std::string> all;
    for (unsigned i = 0; i < count; ++i)
        all.push_back(std::to_string(i));
    return all;
}

} // namespace lm::test
