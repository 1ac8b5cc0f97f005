namespace Kimi.Engine.Tools.Approvals;

/// <summary>What has been approved in advance; one for a session and all its subagents.</summary>
public sealed class ApprovalState
{
    private readonly Lock _gate = new();
    private readonly List<string> _actions = [];
    private bool _yolo;
    private bool _afk;
    private bool _runtimeAfk;

    /// <summary>Makes a state, such as the one a session was left with.</summary>
    public ApprovalState(bool yolo = false, bool afk = false, IEnumerable<string>? autoApproveActions = null)
    {
        _yolo = yolo;
        _afk = afk;
        foreach (string action in autoApproveActions ?? [])
        {
            if (!_actions.Contains(action))
            {
                _actions.Add(action);
            }
        }
    }

    /// <summary>Called after every change of what is kept with the session.</summary>
    public Action? Changed { get; set; }

    /// <summary>Whether every call is approved; somebody is still there for questions. Kept with the session.</summary>
    public bool Yolo
    {
        get
        {
            lock (_gate)
            {
                return _yolo;
            }
        }

        set
        {
            lock (_gate)
            {
                if (_yolo == value)
                {
                    return;
                }

                _yolo = value;
            }

            Changed?.Invoke();
        }
    }

    /// <summary>Whether nobody is there, as kept with the session. Set to false, it ends <see cref="RuntimeAfk"/> too.</summary>
    public bool Afk
    {
        get
        {
            lock (_gate)
            {
                return _afk;
            }
        }

        set
        {
            lock (_gate)
            {
                if (!value)
                {
                    _runtimeAfk = false;
                }

                if (_afk == value)
                {
                    return;
                }

                _afk = value;
            }

            Changed?.Invoke();
        }
    }

    /// <summary>Whether nobody is there as long as this process lives; not kept.</summary>
    public bool RuntimeAfk
    {
        get
        {
            lock (_gate)
            {
                return _runtimeAfk;
            }
        }

        set
        {
            lock (_gate)
            {
                _runtimeAfk = value;
            }
        }
    }

    /// <summary>Whether nobody is there, for either reason.</summary>
    public bool IsAfk
    {
        get
        {
            lock (_gate)
            {
                return _afk || _runtimeAfk;
            }
        }
    }

    /// <summary>Whether every call is approved, by yolo or afk.</summary>
    public bool IsAutoApprove
    {
        get
        {
            lock (_gate)
            {
                return _yolo || _afk || _runtimeAfk;
            }
        }
    }

    /// <summary>Actions approved for the session, in the order they were.</summary>
    public IReadOnlyList<string> AutoApproveActions
    {
        get
        {
            lock (_gate)
            {
                return [.. _actions];
            }
        }
    }

    /// <summary>Whether an action was approved for the session.</summary>
    public bool IsApproved(string action)
    {
        lock (_gate)
        {
            return _actions.Contains(action);
        }
    }

    /// <summary>Approves an action for the session.</summary>
    public void Approve(string action)
    {
        lock (_gate)
        {
            if (_actions.Contains(action))
            {
                return;
            }

            _actions.Add(action);
        }

        Changed?.Invoke();
    }
}
