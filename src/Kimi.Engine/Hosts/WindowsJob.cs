using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Kimi.Engine.Hosts;

/// <summary>
/// A Windows job object: everything a program starts belongs to it, also what has lost its parent, and ends with it. Children
/// cannot leave it. What a program that has ended left behind goes on when the job is closed.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsJob : SafeHandleZeroOrMinusOneIsInvalid
{
    private const string Kernel = "kernel32.dll";

    // As the framework's own kill.
    private const uint KilledCode = uint.MaxValue;
    private const int AccountingInformation = 1;
    private const int AccountingSize = 48;
    private const int ActiveProcessesOffset = 40;

    /// <summary>For the marshaller.</summary>
    public WindowsJob()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Puts a program that was just started into a job of its own; null where the system refuses.</summary>
    public static WindowsJob? Of(Process process)
    {
        WindowsJob job = CreateJob(0, 0);
        try
        {
            if (!job.IsInvalid && AssignProcess(job, process.SafeHandle))
            {
                return job;
            }
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }

        job.Dispose();
        return null;
    }

    /// <summary>Whether anything of it still runs.</summary>
    public bool IsAlive
    {
        get
        {
            nint information = Marshal.AllocHGlobal(AccountingSize);
            try
            {
                return QueryInformation(this, AccountingInformation, information, AccountingSize, 0) && Marshal.ReadInt32(information, ActiveProcessesOffset) > 0;
            }
            finally
            {
                Marshal.FreeHGlobal(information);
            }
        }
    }

    /// <summary>Kills all of it at once.</summary>
    public void Kill() => _ = Terminate(this, KilledCode);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => CloseHandle(handle);

#pragma warning disable SYSLIB1054 // The generated alternative needs unsafe code.
    [DllImport(Kernel, EntryPoint = "CreateJobObjectW", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern WindowsJob CreateJob(nint security, nint name);

    [DllImport(Kernel, EntryPoint = "AssignProcessToJobObject", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool AssignProcess(WindowsJob job, SafeProcessHandle process);

    [DllImport(Kernel, EntryPoint = "TerminateJobObject", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool Terminate(WindowsJob job, uint code);

    [DllImport(Kernel, EntryPoint = "QueryInformationJobObject", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool QueryInformation(WindowsJob job, int kind, nint information, int size, nint returned);

    [DllImport(Kernel, EntryPoint = "CloseHandle", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CloseHandle(nint handle);
#pragma warning restore SYSLIB1054
}
