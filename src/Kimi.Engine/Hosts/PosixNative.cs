using System.Runtime.InteropServices;

namespace Kimi.Engine.Hosts;

/// <summary>
/// The few calls of the C library that the framework does not offer: starting a process in a session of its own, its exact
/// end, signals to a group, and the kind of a file without opening it. Linux and macOS only.
/// </summary>
internal static class PosixNative
{
    internal const int SignalKill = 9;
    internal const int SignalTerminate = 15;

    internal static int SignalContinue => OperatingSystem.IsMacOS() ? 19 : 18;

    internal static int SignalStop => OperatingSystem.IsMacOS() ? 17 : 19;

    private const string C = "libc";

    // What posix_spawnattr_t, posix_spawn_file_actions_t, sigset_t and siginfo_t take at most on any system.
    private const int OpaqueSize = 1024;
    private const short SetSignalDefault = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSessionLinux = 0x80;
    private const short SetSessionMac = 0x0400;
    private const short CloseOnExecDefaultMac = 0x4000;

    /// <summary>Starts a program in a session of its own; 0, or the number of the error. A negative input means nothing to read.</summary>
    internal static int Spawn(string file, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string directory, int input, int output, int error, out int pid)
    {
        pid = 0;
        nint actions = Zeroed();
        nint attributes = Zeroed();
        nint signals = Zeroed();
        nint program = Marshal.StringToCoTaskMemUTF8(file);
        nint folder = Marshal.StringToCoTaskMemUTF8(directory);
        nint nothing = Marshal.StringToCoTaskMemUTF8("/dev/null");
        nint[] argv = Texts([file, .. arguments]);
        nint[] envp = Texts(environment);
        bool hasActions = false;
        bool hasAttributes = false;
        try
        {
            int code = FileActionsInit(actions);
            hasActions = code == 0;
            code = code != 0 ? code : FileActionsAddChangeDirectory(actions, folder);
            code = code != 0 ? code
                : input < 0 ? FileActionsAddOpen(actions, 0, nothing, 0, 0)
                : FileActionsAddDup2(actions, input, 0);
            code = code != 0 ? code : FileActionsAddDup2(actions, output, 1);
            code = code != 0 ? code : FileActionsAddDup2(actions, error, 2);
            if (code != 0)
            {
                return code;
            }

            code = AttributesInit(attributes);
            hasAttributes = code == 0;

            // The runtime ignores SIGPIPE (13) and a child would inherit that; the mask stays empty. Both systems keep the
            // bit of a signal at the same place.
            code = code != 0 ? code : AttributesSetMask(attributes, signals);
            Marshal.WriteByte(signals, 1, 0x10);
            code = code != 0 ? code : AttributesSetDefault(attributes, signals);
            short flags = (short)(SetSignalDefault | SetSignalMask
                | (OperatingSystem.IsMacOS() ? SetSessionMac | CloseOnExecDefaultMac : SetSessionLinux));
            code = code != 0 ? code : AttributesSetFlags(attributes, flags);
            return code != 0 ? code : SpawnProcess(out pid, program, actions, attributes, argv, envp);
        }
        finally
        {
            if (hasActions)
            {
                _ = FileActionsDestroy(actions);
            }

            if (hasAttributes)
            {
                _ = AttributesDestroy(attributes);
            }

            foreach (nint text in (ReadOnlySpan<nint>)[.. argv, .. envp, program, folder, nothing])
            {
                Marshal.FreeCoTaskMem(text);
            }

            Marshal.FreeHGlobal(actions);
            Marshal.FreeHGlobal(attributes);
            Marshal.FreeHGlobal(signals);
        }
    }

    /// <summary>Waits for a child to end, without taking its status.</summary>
    internal static void WaitForEnd(int pid)
    {
        const int ByPid = 1;
        const int Exited = 4;
        int noWait = OperatingSystem.IsMacOS() ? 0x20 : 0x01000000;
        nint info = Zeroed();
        try
        {
            while (WaitId(ByPid, (uint)pid, info, Exited | noWait) != 0 && Marshal.GetLastPInvokeError() == 4)
            {
                // EINTR
            }
        }
        finally
        {
            Marshal.FreeHGlobal(info);
        }
    }

    /// <summary>Takes the status of a child that has ended; null while it runs. Negative when a signal ended it.</summary>
    internal static int? TryReap(int pid)
    {
        const int NoHang = 1;
        int got = WaitPid(pid, out int status, NoHang);
        if (got == 0)
        {
            return null;
        }

        if (got < 0)
        {
            return 0;
        }

        int signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : -signal;
    }

    /// <summary>Sends a signal to a process, or to a group when negative.</summary>
    internal static bool Signal(int pid, int signal) => Kill(pid, signal) == 0;

    /// <summary>The session a process belongs to; -1 when it is gone.</summary>
    internal static int SessionOf(int pid) => GetSession(pid);

    /// <summary>The parent of a process on macOS; -1 when it is gone or another's.</summary>
    internal static int ParentOf(int pid)
    {
        const int BasicInfo = 3;
        const int BasicInfoSize = 136;
        const int ParentOffset = 16;
        if (!OperatingSystem.IsMacOS())
        {
            return -1;
        }

        nint info = Zeroed();
        try
        {
            return ProcessInfo(pid, BasicInfo, 0, info, BasicInfoSize) == BasicInfoSize ? Marshal.ReadInt32(info, ParentOffset) : -1;
        }
        finally
        {
            Marshal.FreeHGlobal(info);
        }
    }

    /// <summary>Facts of a path, links followed, without opening it; false when the system does not tell.</summary>
    internal static bool TryStat(string path, out HostStat stat)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        nint buffer = Marshal.AllocHGlobal(256);
        try
        {
            return OperatingSystem.IsMacOS() ? StatMac(name, buffer, out stat) : StatLinux(name, buffer, out stat);
        }
        catch (EntryPointNotFoundException)
        {
            stat = default;
            return false;
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            Marshal.FreeHGlobal(buffer);
        }
    }

    private static bool StatLinux(nint name, nint buffer, out HostStat stat)
    {
        const int CurrentDirectory = -100;
        const uint BasicStats = 0x7ff;
        if (StatX(CurrentDirectory, name, 0, BasicStats, buffer) != 0)
        {
            // ENOSYS: an old kernel, or a sandbox that forbids the call.
            stat = default;
            return Marshal.GetLastPInvokeError() is not (38 or 1);
        }

        int mode = (ushort)Marshal.ReadInt16(buffer, 28);
        long size = Marshal.ReadInt64(buffer, 40);
        long seconds = Marshal.ReadInt64(buffer, 112);
        int nanoseconds = Marshal.ReadInt32(buffer, 120);
        stat = Make(mode, size, seconds, nanoseconds);
        return true;
    }

    private static bool StatMac(nint name, nint buffer, out HostStat stat)
    {
        int result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? StatPlain(name, buffer) : StatInode64(name, buffer);
        stat = result != 0
            ? default
            : Make((ushort)Marshal.ReadInt16(buffer, 4), Marshal.ReadInt64(buffer, 96), Marshal.ReadInt64(buffer, 48), (int)Marshal.ReadInt64(buffer, 56));
        return true;
    }

    private static HostStat Make(int mode, long size, long seconds, int nanoseconds)
    {
        EntryKind kind = (mode & 0xf000) switch { 0x8000 => EntryKind.File, 0x4000 => EntryKind.Directory, _ => EntryKind.Other };
        seconds = Math.Clamp(seconds, -62135596800, 253402300799);
        return new HostStat(kind, size, DateTime.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / 100));
    }

    private static nint Zeroed()
    {
        nint memory = Marshal.AllocHGlobal(OpaqueSize);
        for (int i = 0; i < OpaqueSize; i += 8)
        {
            Marshal.WriteInt64(memory, i, 0);
        }

        return memory;
    }

    private static nint[] Texts(IReadOnlyList<string> texts)
    {
        nint[] pointers = new nint[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            pointers[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return pointers;
    }

#pragma warning disable SYSLIB1054 // The generated alternative needs unsafe code; all arguments here are blittable.
    [DllImport(C, EntryPoint = "posix_spawn")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SpawnProcess(out int pid, nint path, nint actions, nint attributes, nint[] argv, nint[] envp);

    [DllImport(C, EntryPoint = "posix_spawn_file_actions_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsInit(nint actions);

    [DllImport(C, EntryPoint = "posix_spawn_file_actions_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsDestroy(nint actions);

    [DllImport(C, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsAddChangeDirectory(nint actions, nint path);

    [DllImport(C, EntryPoint = "posix_spawn_file_actions_addopen")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsAddOpen(nint actions, int descriptor, nint path, int flags, int mode);

    [DllImport(C, EntryPoint = "posix_spawn_file_actions_adddup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileActionsAddDup2(nint actions, int descriptor, int to);

    [DllImport(C, EntryPoint = "posix_spawnattr_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesInit(nint attributes);

    [DllImport(C, EntryPoint = "posix_spawnattr_destroy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesDestroy(nint attributes);

    [DllImport(C, EntryPoint = "posix_spawnattr_setflags")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesSetFlags(nint attributes, short flags);

    [DllImport(C, EntryPoint = "posix_spawnattr_setsigdefault")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesSetDefault(nint attributes, nint signals);

    [DllImport(C, EntryPoint = "posix_spawnattr_setsigmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AttributesSetMask(nint attributes, nint signals);

    [DllImport(C, EntryPoint = "waitid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitId(int idType, uint id, nint info, int options);

    [DllImport(C, EntryPoint = "waitpid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitPid(int pid, out int status, int options);

    [DllImport(C, EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);

    [DllImport(C, EntryPoint = "getsid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetSession(int pid);

    [DllImport(C, EntryPoint = "proc_pidinfo", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ProcessInfo(int pid, int flavor, ulong argument, nint buffer, int size);

    [DllImport(C, EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int directory, nint path, int flags, uint mask, nint buffer);

    [DllImport(C, EntryPoint = "stat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatPlain(nint path, nint buffer);

    [DllImport(C, EntryPoint = "stat$INODE64", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatInode64(nint path, nint buffer);
#pragma warning restore SYSLIB1054
}
