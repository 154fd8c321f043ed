// SPDX-License-Identifier: GPL-2.0-or-later
//
// Data types of the Windows Update services, with the element names of the protocol. They carry no XML namespace of
// their own: each service puts its namespace on them, as the real services do with Cookie and AuthorizationCookie.

using System;

namespace WindowsUpdateLab
{
    public static class Namespaces
    {
        public const string SoftwareDistribution = "http://www.microsoft.com/SoftwareDistribution";
        public const string ClientWebService = SoftwareDistribution + "/Server/ClientWebService";
        public const string SimpleAuthWebService = SoftwareDistribution + "/Server/SimpleAuthWebService";
        public const string DssAuthWebService = SoftwareDistribution + "/Server/DssAuthWebService";
        public const string Monitorable = SoftwareDistribution + "/Server/IMonitorable";
    }

    public class Cookie
    {
        public DateTime Expiration;
        public byte[] EncryptedData;
    }

    public class AuthorizationCookie
    {
        public string PlugInId;
        public byte[] CookieData;
    }

    public class AuthPlugInInfo
    {
        public string PlugInID;
        public string ServiceUrl;
        public string Parameter;
    }

    public class ConfigurationProperty
    {
        public string Name;
        public string Value;
    }

    public class Config
    {
        public DateTime LastChange;
        public bool IsRegistrationRequired;
        public AuthPlugInInfo[] AuthInfo;
        public int[] AllowedEventIds;
        public ConfigurationProperty[] Properties;
    }

    public class Version4
    {
        public int MajorVersion;
        public int MinorVersion;
        public int BuildNumber;
        public int RevisionNumber;
    }

    public class ClientConfiguration
    {
        public string ProcessorArchitecture;
        public bool AlwaysOnAlwaysConnected;
        public Version4 ClientVersion;
        public Version4 OSVersion;
        public string ProtocolVersion;
    }

    public class ComputerInfo
    {
        public string DnsName;
        public int OSMajorVersion;
        public int OSMinorVersion;
        public int OSBuildNumber;
        public short OSServicePackMajorNumber;
        public short OSServicePackMinorNumber;
        public string OSLocale;
        public string ComputerManufacturer;
        public string ComputerModel;
        public string BiosVersion;
        public string BiosName;
        public DateTime BiosReleaseDate;
        public string ProcessorArchitecture;
        public int ClientVersionMajorNumber;
        public int ClientVersionMinorNumber;
        public int ClientVersionBuildNumber;
        public int ClientVersionQfeNumber;
        public string OSDescription;
    }

    public class CategoryRelationship
    {
        public int IndexOfAndGroup;
        public Guid CategoryId;
    }

    public class CategoryIdentifier
    {
        public Guid Id;
    }

    public class UpdateIdentity
    {
        public Guid UpdateID;
        public int RevisionNumber;
    }

    public class SyncUpdateParameters
    {
        public bool ExpressQuery;
        public int[] InstalledNonLeafUpdateIDs;
        public int[] OtherCachedUpdateIDs;
        public bool SkipSoftwareSync;
        public CategoryIdentifier[] FilterCategoryIds;
        public bool NeedTwoGroupOutOfScopeUpdates;
    }

    public enum DeploymentAction { OptionalInstall, Install, Uninstall, PreDeploymentCheck, Block, Evaluate, Bundle }

    public class Deployment
    {
        public int ID;
        public DeploymentAction Action;
        public bool IsAssigned;
        public string LastChangeTime;
        public string AutoSelect;
        public string AutoDownload;
        public string SupersedenceBehavior;
    }

    // Xml holds escaped fragments with several root elements, not a document.
    public class UpdateInfo
    {
        public int ID;
        public Deployment Deployment;
        public bool IsLeaf;
        public string Xml;
    }

    public class SyncInfo
    {
        public UpdateInfo[] NewUpdates;
        public int[] OutOfScopeRevisionIDs;
        public bool Truncated;
        public Cookie NewCookie;
        public bool DriverSyncNotNeeded;
    }

    public class RefreshCacheResult
    {
        public int RevisionID;
        public UpdateIdentity GlobalID;
        public bool IsLeaf;
        public Deployment Deployment;
    }

    public enum XmlUpdateFragmentType { Published, Core, Extended, VerificationRule, LocalizedProperties, Eula, FileUrl }

    public class Update
    {
        public int ID;
        public string Xml;
    }

    public class FileLocation
    {
        public byte[] FileDigest;
        public string Url;
    }

    public class ExtendedUpdateInfo
    {
        public Update[] Updates;
        public FileLocation[] FileLocations;
        public int[] OutOfScopeRevisionIDs;
    }

    public class UpdateWithIdentity
    {
        public UpdateIdentity UpdateIdentity;
        public string Xml;
    }

    public class ExtendedUpdateInfo2
    {
        public UpdateWithIdentity[] Updates;
        public FileLocation[] FileLocations;
    }

    public class GetFileLocationsResults
    {
        public FileLocation[] FileLocations;
        public Cookie NewCookie;
    }
}
