# Makes boxes within a box: one for each job, ahead of it. Called as `nest.pl <machine> <bytes of /tmp> <when> <command…>` in a box
# that lets its command nest, with the parent of the job folders at /jobs. Three processes play in it:
#
# - the nest makes boxes and stays: it hands a job's input in and what the job prints and answers out.
# - the init is process 1 of the job's own process namespace, with its own mounts; when it ends, the kernel ends the tree.
# - the job has no rights, as the init, and has `/jobs/<turn>` as its /job. It becomes the command `ahead` of its input, for which the
#   command waits on descriptor 3; or `late`: then the input begins with the bytes of the job's environment (a big-endian number
#   of 32 bits) and its variables, each `NAME=value` and NUL.
#
# No module is loaded: what this process holds, each of the others copies.
# On descriptor 3 come `job <bytes> <turn> <end>` and the input, then `term`, `kill` and `more <bytes>` with bytes for the job; out go
# frames, each `<kind> <bytes>` and those bytes: `ready` when the first folder is there, `stdout`, `stderr` and `channel` with what
# the job wrote there, and `exit` when its tree is gone and the folder of the next one is there. One job at a time.
#
# A command that has nothing left to do says so by a last frame, `over 0`: its tree is killed, which spares it its own end. Where
# <end> is `early`, that is told at once, while the kernel still takes the tree down: nothing of it runs any more.

use strict;
use warnings;

my $CONTROL = 3;
my $PIECE = 1 << 16;
# Most jobs are over within this time, and then all that they did is told at once.
my $QUIET_S = 0.004;
# What comes of an end has the processor for this time before the next box takes it; a job that came
# by then is a sign that jobs follow each other closely, and there is no such pause for some turns.
my $PAUSE_S = 0.03;
my $HURRY_TURNS = 20;
# What a header of a frame has at the most.
my $HEADER_MAX = 64;
my $FILTER = '/etc/millrace-seccomp.bpf';

my ($CLONE_NEWNS, $CLONE_NEWUTS, $CLONE_NEWIPC, $CLONE_NEWPID) = (0x20000, 0x4000000, 0x8000000, 0x20000000);
my ($MS_RDONLY, $MS_NOSUID, $MS_NODEV, $MS_NOEXEC, $MS_BIND, $MS_REC, $MS_PRIVATE) = (1, 2, 4, 8, 4096, 16384, 1 << 18);
my ($EINTR, $EAGAIN) = (4, 11);
# FS_IOC_SETFLAGS and FS_TOPDIR_FL.
my ($SET_FLAGS, $IS_TOP) = (0x40086602, 0x20000);
# Those of ext4 file systems, by their devices.
my $JOURNALS = '/proc/fs/jbd2';
my %CALLS = (
    x64   => { clone => 56, mount => 165, prctl => 157, capset => 126, wait4 => 61, getrusage => 98, dup3 => 292, setsid => 112, exit => 231, clock => 228 },
    arm64 => { clone => 220, mount => 40, prctl => 167, capset => 91, wait4 => 260, getrusage => 165, dup3 => 24, setsid => 157, exit => 94, clock => 113 },
);

my ($machine, $room, $when, @command) = @ARGV;
my $call = $CALLS{$machine} or die "nest: no system calls are known for $machine\n";
my $strict = read_filter();
my $turn = 0;
# What is on its way to the job.
my $input = '';

open(my $control, '+<&=', $CONTROL) or die "nest: descriptor 3: $!\n";
# Not in the folder of jobs, which a job could reach through a process that stands in it.
chdir '/' or die "nest: /: $!\n";
$ENV{PWD} = '/job';
$SIG{PIPE} = 'IGNORE';
check_root();
bound_rights();
my $gone = 0;
my $hurry = 0;
spread_folders();
make_folder(0);
say_all("ready 0\n");
for (;;) {
    # While nobody waits for it.
    make_folder($turn + 1);
    $hurry = $turn > 0 && $hurry == 0 && await_order($PAUSE_S) ? $HURRY_TURNS : $hurry > 0 ? $hurry - 1 : 0;
    # What is left of the last job counts against the bounds of the next one.
    waitpid $gone, 0 if $gone;
    my $box = make_box();
    my $header = next_job();
    my ($bytes, $folder, $how) = $header =~ /^job (\d+) (\d+) (early|whole)\n$/ or die "nest: no order: $header";
    die "nest: it is turn $turn, not $folder\n" if $folder != $turn;
    serve($box, $bytes, $how eq 'early');
    $gone = $box->{reaped} ? 0 : $box->{init};
    $turn += 1;
}

# ext4 without a journal gives out no inode for a minute after it was freed, and looks at all that were in the same group of blocks
# for each new one. Folders that count as the roots of trees go to different groups; with a journal there would be more to write.
sub spread_folders {
    if (opendir(my $journals, $JOURNALS)) { return if grep { !/^\./ } readdir $journals }
    my $flags = pack('q', $IS_TOP);
    if (sysopen(my $jobs, '/jobs', 0)) { ioctl($jobs, $SET_FLAGS, $flags) }
}

# Of a job, before whoever brings it hears that it may.
sub make_folder {
    mkdir "/jobs/$_[0]", 0700 or die "nest: /jobs/$_[0]: $!\n";
}

sub make_box {
    my %box;
    socketpair($box{channel}, my $theirs, 1, 1, 0) or die "nest: a channel: $!\n";
    pipe($box{stdout}, my $stdout) && pipe($box{stderr}, my $stderr) && pipe($box{told}, my $tell) or die "nest: pipes: $!\n";
    # SIGCHLD is 17.
    my $init = syscall($call->{clone}, $CLONE_NEWPID | $CLONE_NEWNS | $CLONE_NEWIPC | $CLONE_NEWUTS | 17, 0, 0, 0, 0);
    die "nest: own namespaces: $!\n" if $init < 0;
    if ($init == 0) {
        eval { be_init($tell, $theirs, $stdout, $stderr) };
        print STDERR $@;
        leave(4);
    }
    $box{init} = $init;
    # F_SETFL is 4, O_RDWR and O_NONBLOCK together are 2050.
    fcntl($_, 4, 2050) for @box{qw(channel stdout stderr)};
    return \%box;
}

sub be_init {
    my ($tell, $channel, $stdout, $stderr) = @_;
    close $control;
    mount_all();
    # Before the fork, so that it is done once for both.
    drop_rights();
    my $job = fork // die "nest: the job's process: $!\n";
    be_job($channel, $stdout, $stderr) if $job == 0;
    close $_ for $channel, $stdout, $stderr;
    $SIG{TERM} = sub { kill 'TERM', -1 };
    for (;;) {
        my ($pid, $status) = wait_for(-1);
        next if $pid != $job;
        end_others();
        my ($peak_kb, $cpu_ms) = usage_of_children();
        syswrite $tell, "$status $peak_kb $cpu_ms\n";
        leave(0);
    }
}

# What the job left behind. The mounts of this init, which go with it, take longer than all that must be told before.
sub end_others {
    for (;;) {
        kill 'KILL', -1;
        return if (wait_for(-1))[0] < 0;
    }
}

sub be_job {
    my ($channel, $stdout, $stderr) = @_;
    syscall($call->{setsid});
    put($stdout, 1);
    put($stderr, 2);
    $SIG{PIPE} = 'DEFAULT';
    chdir '/job' or die "nest: /job: $!\n";
    wait_for_environment($channel) if $when eq 'late';
    put($channel, 3);
    { no warnings 'exec'; exec { $command[0] } @command }
    print STDERR "$command[0]: $!\n";
    leave(127);
}

sub put {
    my ($end, $descriptor) = @_;
    die "nest: descriptor $descriptor: $!\n" if syscall($call->{dup3}, fileno $end, $descriptor, 0) < 0;
}

sub wait_for_environment {
    my ($channel) = @_;
    my $size = unpack 'N', read_exactly($channel, 4);
    for my $entry (split /\0/, read_exactly($channel, $size)) {
        my ($name, $value) = split /=/, $entry, 2;
        $ENV{$name} = $value if length $name;
    }
}

# Nobody has a job for us any more when the channel ends.
sub read_exactly {
    my ($channel, $size) = @_;
    my $bytes = '';
    while (length $bytes < $size) { sysread $channel, $bytes, $size - length $bytes, length $bytes or leave(0) }
    return $bytes;
}

# What earlier jobs could have left something in, and the job's own folder without its neighbours.
sub mount_all {
    mount('none', '/', '', $MS_REC | $MS_PRIVATE);
    mount('proc', '/proc', 'proc', $MS_NOSUID | $MS_NODEV | $MS_NOEXEC);
    mount('tmpfs', $_, 'tmpfs', $MS_NOSUID | $MS_NODEV, "size=$room,mode=1777") for '/tmp', '/dev/shm';
    # It is a part of /jobs, and so no more is allowed in it than there.
    mount("/jobs/$turn", '/job', '', $MS_BIND);
    mount('tmpfs', '/jobs', 'tmpfs', $MS_RDONLY | $MS_NOSUID | $MS_NODEV, 'size=4k,mode=0755');
}

sub mount {
    my ($source, $target, $kind, $flags, $options) = @_;
    my $result = syscall($call->{mount}, $source, $target, $kind, $flags, $options // 0);
    die "nest: mount $target: $!\n" if $result != 0;
}

# What it relies on: a /dev that is closed, a folder of jobs in which no file brings rights or devices.
sub check_root {
    open(my $mounts, '<', '/proc/self/mountinfo') or die "nest: mounts: $!\n";
    my %flags = map { my @words = split / /; ($words[4] => { map { $_ => 1 } split /,/, $words[5] }) } <$mounts>;
    die "nest: /dev can be written\n" unless $flags{'/dev'}{ro};
    die "nest: /jobs is no folder of jobs\n" unless $flags{'/jobs'}{nosuid} && $flags{'/jobs'}{nodev};
}

# No capability that is dropped can come back, and none of our memory can be read, here and in all that comes of us.
sub bound_rights {
    control(4, 0, 'dumps');
    control(38, 1, 'no_new_privs');
    open(my $file, '<', '/proc/sys/kernel/cap_last_cap') or die "nest: capabilities: $!\n";
    my $last = <$file>;
    control(24, $_, 'the bounding set') for 0 .. $last;
    control(47, 4, 'ambient capabilities');
}

sub control {
    my ($option, $value, $what) = @_;
    die "nest: $what: $!\n" if syscall($call->{prctl}, $option, $value, 0, 0, 0) != 0;
}

# No capability is left, and the strict filter of system calls holds.
sub drop_rights {
    my $none = "\0" x 24;
    my $header = pack('LL', 0x20080522, 0);
    die "nest: capabilities: $!\n" if syscall($call->{capset}, $header, $none) != 0;
    my $program = pack('S x6 P', length($strict) / 8, $strict);
    die "nest: the filter of system calls: $!\n" if syscall($call->{prctl}, 22, 2, $program, 0, 0) != 0;
}

sub read_filter {
    open(my $file, '<:raw', $FILTER) or die "nest: $FILTER: $!\n";
    local $/;
    return scalar <$file>;
}

# Waits until there is something to hear, and so long at the most.
sub await_order {
    my $readable = '';
    vec($readable, fileno $control, 1) = 1;
    return select($readable, undef, undef, $_[0]) > 0;
}

# The next order; what comes for a job that is over is none.
sub next_job {
    for (;;) {
        my $line = read_line();
        leave(0) if $line eq '';
        if ($line =~ /^more (\d+)\n$/) {
            take_input($1);
            wipe($input);
            next;
        }
        return $line if $line ne "term\n" && $line ne "kill\n";
    }
}

# Byte by byte, since what follows is not ours to keep; empty at the end of the stream.
sub read_line {
    my $line = '';
    while (substr($line, -1) ne "\n" && length $line < 100) {
        my $got = sysread $control, $line, 1, length $line;
        next if !defined $got && $! == $EINTR;
        return '' unless $got;
    }
    return $line;
}

sub serve {
    my ($box, $bytes, $is_early) = @_;
    take_input($bytes);
    my $sent = send_input($box, 0);
    my $end = '';
    my $held = '';
    my $is_quiet = 1;
    my @open = qw(channel stdout stderr);
    for (;;) {
        my ($readable, $writable) = ('', '');
        vec($readable, fileno $_, 1) = 1 for $control, $box->{told};
        vec($readable, fileno $box->{$_}, 1) = 1 for grep { !$is_quiet || $_ eq 'channel' } @open;
        vec($writable, fileno $box->{channel}, 1) = 1 if $sent < length $input;
        my $count = select($readable, $writable, undef, $is_quiet ? $QUIET_S : undef);
        next if $count < 0;
        $is_quiet = 0 if $count == 0;
        if (vec($readable, fileno $control, 1)) {
            # What is on its way already need not stay.
            if ($sent == length $input) {
                wipe($input);
                $sent = 0;
            }
            $sent = send_input($box, $sent) if obey($box);
        }
        $sent = send_input($box, $sent) if vec($writable, fileno $box->{channel}, 1);
        if (vec($readable, fileno $box->{told}, 1)) {
            my $got = sysread $box->{told}, $end, 100, length $end;
            next if $got && $end !~ /\n$/;
            last;
        }
        @open = grep { !vec($readable, fileno $box->{$_}, 1) || take($box, $_, \$held) } @open;
        if ($box->{is_over} && !$box->{is_ended}) {
            $box->{is_ended} = 1;
            $end = end_early($box, $is_early);
            last if length $end;
        }
        say_held(\$held) unless $is_quiet;
    }
    # All who could write are gone or write no more: what is there is all.
    take_rest($box, $_, \$held) for @open;
    wipe($input);
    $held .= exit_frame($box, $end);
    say_held(\$held);
}

# Ends a job that has nothing left to do; what is to be told of it, unless that waits for the init: for those that the job left behind, or
# for what the kernel says that they used.
sub end_early {
    my ($box, $is_early) = @_;
    my ($job, @others) = children_of($box->{init});
    return '' unless $job;
    my $is_alone = !@others && !children_of($job);
    my $cpu_ms = $is_early && $is_alone ? cpu_ms_of($job) : undef;
    kill 'KILL', $job;
    return '' unless defined $cpu_ms;
    kill 'KILL', $box->{init};
    return "0 0 $cpu_ms\n";
}

# Ids of the children of a process, whichever of its threads they are of; what lost its parent is a child of the init.
sub children_of {
    my ($pid) = @_;
    opendir(my $tasks, "/proc/$pid/task") or return;
    my @children;
    for my $task (grep { /^\d+$/ } readdir $tasks) {
        open(my $file, '<', "/proc/$pid/task/$task/children") or next;
        push @children, split / /, scalar(<$file>) // '';
    }
    return @children;
}

# Processor time of a process, its threads and those children that it has waited for.
sub cpu_ms_of {
    my ($pid) = @_;
    my $time = pack('q2', 0, 0);
    # The clock of another process, as glibc's clock_getcpuclockid makes it.
    return undef if syscall($call->{clock}, (~int($pid) << 3) | 2, $time) != 0;
    open(my $file, '<', "/proc/$pid/stat") or return undef;
    my @words = split / /, (scalar(<$file>) // '') =~ s/^.*\) //sr;
    my ($seconds, $nanos) = unpack 'q2', $time;
    # Ticks of 10 ms, as everywhere in /proc.
    return int($seconds * 1000 + $nanos / 1e6 + (($words[13] // 0) + ($words[14] // 0)) * 10);
}

sub take_input {
    my ($bytes) = @_;
    my $end = $bytes + length $input;
    while (length $input < $end) {
        my $got = sysread $control, $input, $end - length $input, length $input;
        next if !defined $got && $! == $EINTR;
        leave(0) unless $got;
    }
}

# How much of the input is on its way; all of it when the job does not want the rest.
sub send_input {
    my ($box, $sent) = @_;
    while ($sent < length $input) {
        my $written = syswrite $box->{channel}, $input, length($input) - $sent, $sent;
        next if !defined $written && $! == $EINTR;
        return $sent if !defined $written && $! == $EAGAIN;
        return length $input if !defined $written;
        $sent += $written;
    }
    return $sent;
}

# Whether it brought more input.
sub obey {
    my ($box) = @_;
    my $line = read_line();
    if ($line =~ /^more (\d+)\n$/) {
        take_input($1);
        return 1;
    }
    kill $line eq "term\n" ? 'TERM' : 'KILL', $box->{init};
    leave(0) if $line eq '';
    return 0;
}

# Takes what there is; false when there will be no more.
sub take {
    my ($box, $kind, $held) = @_;
    my $piece = '';
    my $got = sysread $box->{$kind}, $piece, $PIECE;
    return 1 if !defined $got && ($! == $EAGAIN || $! == $EINTR);
    return 0 unless $got;
    follow($box, $piece) if $kind eq 'channel';
    $$held .= "$kind $got\n$piece";
    wipe($piece);
    return 1;
}

sub take_rest {
    my ($box, $kind, $held) = @_;
    my $piece = '';
    for (;;) {
        my $got = sysread $box->{$kind}, $piece, $PIECE;
        next if !defined $got && $! == $EINTR;
        last unless $got;
        $$held .= "$kind $got\n$piece";
        wipe($piece);
    }
}

# Whether the job has said its last frame: it counts what it has of each, and keeps none of it.
sub follow {
    my ($box, $piece) = @_;
    my $at = 0;
    while ($at < length $piece && !$box->{is_blind}) {
        my $missing = $box->{missing} // 0;
        if ($missing > 0) {
            my $taken = $missing < length($piece) - $at ? $missing : length($piece) - $at;
            $box->{missing} = $missing - $taken;
            $at += $taken;
            next;
        }
        my $header = ($box->{header} // '') . substr $piece, $at, $HEADER_MAX;
        my $end = index $header, "\n";
        if ($end < 0) {
            $box->{is_blind} = length $header >= $HEADER_MAX;
            $box->{header} = $header;
            last;
        }
        $at += $end + 1 - length($box->{header} // '');
        $box->{header} = '';
        my ($kind, $size) = substr($header, 0, $end) =~ /^([a-z]+) (\d{1,12})$/;
        $box->{is_blind} = !defined $kind;
        $box->{is_over} = defined $kind && $kind eq 'over';
        $box->{missing} = $size;
        last if $box->{is_over};
    }
}

sub exit_frame {
    my ($box, $end) = @_;
    my ($status, $peak_kb, $cpu_ms) = $end =~ /^(\d+) (\d+) (\d+)\n$/;
    if (!defined $status) {
        (my $pid, $status, $peak_kb, $cpu_ms) = wait_for($box->{init});
        $box->{reaped} = 1;
    }
    # It was ended by us.
    $status = 0 if $box->{is_ended};
    my ($signal, $code) = ($status & 127, $status >> 8);
    my $how = $signal ? qq("code":null,"signal":$signal) : qq("code":$code,"signal":null);
    my $text = sprintf '{%s,"memoryPeakBytes":%d,"cpuMs":%d}', $how, $peak_kb * 1024, $cpu_ms;
    return sprintf "exit %d\n%s", length $text, $text;
}

# Ends the process at once.
sub leave {
    syscall($call->{exit}, $_[0]);
}

sub say_held {
    my ($held) = @_;
    say_all($$held) if length $$held;
    wipe($$held);
}

sub say_all {
    my $at = 0;
    while ($at < length $_[0]) {
        my $written = syswrite $control, $_[0], length($_[0]) - $at, $at;
        next if !defined $written && $! == $EINTR;
        leave(0) unless $written;
        $at += $written;
    }
}

# The next init is a copy of us; it has no use for what a job was given or said.
sub wipe {
    substr($_[0], 0) = "\0" x length $_[0];
    $_[0] = '';
}

# Process id, status, peak of memory and processor time of a child that ended; a negative id when there is none.
sub wait_for {
    my ($pid) = @_;
    my ($status, $usage) = (pack('l', 0), "\0" x 144);
    my $ended = syscall($call->{wait4}, $pid, $status, 0, $usage);
    return (0, 0, 0, 0) if $ended < 0 && $! == $EINTR;
    return ($ended, unpack('l', $status), usage_in($usage));
}

sub usage_of_children {
    my $usage = "\0" x 144;
    syscall($call->{getrusage}, -1, $usage);
    return usage_in($usage);
}

sub usage_in {
    my ($user_s, $user_us, $system_s, $system_us, $peak_kb) = unpack 'q5', $_[0];
    return ($peak_kb, int(($user_s + $system_s) * 1000 + ($user_us + $system_us) / 1000));
}
