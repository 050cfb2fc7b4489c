#include "service/coverage/desk.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "service/coverage/lines.hpp"
#include "service/coverage/reportjson.hpp"
#include "service/coverage/search.hpp"

#include <deque>
#include <thread>

namespace lm::coverage {
namespace {

std::optional<std::string> answer(const std::filesystem::path& dir, const std::string& since,
                                  const Question& question) {
    // One whose meeting became known later has moved from where it was.
    auto ledger = question.ledger;
    std::error_code failed;
    if (!ledger || !std::filesystem::exists(*ledger, failed))
        ledger = Search(dir).find(question.id, question.ledger ? "" : question.meeting);
    if (!ledger) return std::nullopt;
    const auto head = readHead(*ledger);
    if (!head) return std::nullopt;
    Coverage coverage;
    readLedger(*ledger, coverage);
    for (const auto& states : lateStatesOf(*ledger, *head))
        readLate(states, coverage);
    return toJson(coverage.report(head->time >= since));
}

} // namespace

struct Desk::Shared {
    struct Entry {
        Question question;
        Reply reply;
    };
    struct State {
        std::deque<Entry> waiting;
        bool ending = false;
    };
    Shared(std::string ledgers, std::string start, std::size_t most)
        : dir(std::move(ledgers)), since(std::move(start)), mostWaiting(most) {}

    const std::filesystem::path dir;
    const std::string since; // as in a line: the same form, so that texts compare as times
    const std::size_t mostWaiting;
    Guarded<State> state;
    std::condition_variable changed;

    void run() {
        auto s = state.lock();
        for (;;) {
            s.wait(changed, [&] { return s->ending || !s->waiting.empty(); });
            if (s->ending) return;
            Entry entry = std::move(s->waiting.front());
            s->waiting.pop_front();
            s.unlocked([&] {
                std::optional<std::string> text;
                fence("coverage", [&] { text = answer(dir, since, entry.question); });
                fence("coverage", [&] { entry.reply(std::move(text)); });
                entry = {};
            });
        }
    }
};

Desk::Desk(std::string dir, domain::UtcTime since, std::size_t mostWaiting)
    : shared_(std::make_shared<Shared>(std::move(dir), domain::utcText(since), mostWaiting)) {
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_] { shared->run(); }).detach();
}

Desk::~Desk() {
    shared_->state.lock()->ending = true;
    shared_->changed.notify_all();
}

bool Desk::ask(Question question, Reply reply) {
    {
        auto s = shared_->state.lock();
        if (s->waiting.size() >= shared_->mostWaiting) return false;
        s->waiting.push_back({std::move(question), std::move(reply)});
    }
    shared_->changed.notify_all();
    return true;
}

} // namespace lm::coverage
