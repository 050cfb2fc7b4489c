#include "service/metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lm::metrics {
namespace {

/// Fields of /proc/self/stat behind the name of the program, which may hold anything; the first is field 3.
std::vector<std::string> statFields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream rest(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::vector<std::string> fields;
    for (std::string field; rest >> field;)
        fields.push_back(field);
    return fields;
}

double numberAt(const std::vector<std::string>& fields, std::size_t field) {
    return std::strtod(fields[field - 3].c_str(), nullptr); // numbered as in proc(5), from 1
}

double bootTime() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
    return 0;
}

double openFiles() {
    std::error_code failed;
    double count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
         at.increment(failed))
        ++count;
    return count - 1; // but not the one that looks
}

} // namespace

void collectProcess(Samples& samples) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    samples.counter("process_cpu_seconds_total", "CPU time, user and system.",
                    seconds(usage.ru_utime) + seconds(usage.ru_stime));
    samples.gauge("process_open_fds", "Open file descriptors.", openFiles());
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        samples.gauge("process_max_fds", "The most that may be open.", static_cast<double>(limit.rlim_cur));
    const auto fields = statFields();
    if (fields.size() < 23) return;
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    samples.gauge("process_threads", "Threads.", numberAt(fields, 20));
    static const double boot = bootTime();
    samples.gauge("process_start_time_seconds", "Start, seconds since the epoch.",
                  boot + numberAt(fields, 22) / ticks);
    samples.gauge("process_virtual_memory_bytes", "Virtual memory.", numberAt(fields, 23));
    samples.gauge("process_resident_memory_bytes", "Memory in RAM.",
                  numberAt(fields, 24) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

} // namespace lm::metrics
