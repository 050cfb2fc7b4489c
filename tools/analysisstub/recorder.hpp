#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace lm::analysisstub {

struct FileCloser {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

/// One request, complete.
struct Entry {
    std::uint64_t number = 0; // from 1, in order of arrival
    std::string time;         // UTC, ISO 8601
    std::string method;
    std::string path;
    std::string query;
    std::map<std::string, std::string> headers; // lower-case names; Authorization only as "present"
    std::uint64_t size = 0;
    std::string sha256;       // empty when bodies are not recorded
    std::string file;         // of the body, in the record directory
    std::uint32_t status = 0; // answered; 0: none
};

/// The entry as one line of JSON, without a line end.
std::string toJson(const Entry& entry);

/// What was received: body files and `index.jsonl` in a directory, the latest entries in memory.
class Recorder {
public:
    /// An empty directory means: count only. An existing index is continued.
    static Result<Recorder> open(const std::string& directory);

    bool keepsBodies() const { return index_ != nullptr; }
    /// The file for the body of request `number`; null when it cannot be written.
    File createBody(std::uint64_t number, std::string& name) const;
    void add(const Entry& entry);

    /// The latest entries, oldest first, as a JSON array.
    std::string recent() const;

private:
    static constexpr std::size_t kRecent = 1000;

    std::string directory_;
    File index_;
    std::deque<std::string> recent_;
};

} // namespace lm::analysisstub
