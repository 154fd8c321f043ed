// SPDX-License-Identifier: GPL-2.0-or-later
//
// ClientWebService as a WCF contract, and the three bindings it is spoken over.

using System;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;

namespace WindowsUpdateLab
{
    // XmlSerializerFormat stands on every operation because Mono does not look for it on the interface.
    [ServiceContract(Namespace = Namespaces.ClientWebService, Name = "ClientWebService")]
    public interface IClientWebService
    {
        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetConfig", ReplyAction = Actions.Prefix + "GetConfigResponse")]
        Config GetConfig(string protocolVersion);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetConfig2", ReplyAction = Actions.Prefix + "GetConfig2Response")]
        Config GetConfig2(ClientConfiguration clientConfiguration);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetCookie", ReplyAction = Actions.Prefix + "GetCookieResponse")]
        Cookie GetCookie(AuthorizationCookie[] authCookies, Cookie oldCookie, DateTime lastChange, DateTime currentTime, string protocolVersion);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "RegisterComputer", ReplyAction = Actions.Prefix + "RegisterComputerResponse")]
        void RegisterComputer(Cookie cookie, ComputerInfo computerInfo);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "StartCategoryScan", ReplyAction = Actions.Prefix + "StartCategoryScanResponse")]
        [return: MessageParameter(Name = "preferredCategoryIds")]
        Guid[] StartCategoryScan(CategoryRelationship[] requestedCategories, out Guid[] requestedCategoryIdsInError);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "SyncUpdates", ReplyAction = Actions.Prefix + "SyncUpdatesResponse")]
        SyncInfo SyncUpdates(Cookie cookie, SyncUpdateParameters parameters);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "SyncPrinterCatalog", ReplyAction = Actions.Prefix + "SyncPrinterCatalogResponse")]
        SyncInfo SyncPrinterCatalog(Cookie cookie, int[] installedNonLeafUpdateIDs, int[] printerUpdateIDs, string deviceAttributes);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "RefreshCache", ReplyAction = Actions.Prefix + "RefreshCacheResponse")]
        RefreshCacheResult[] RefreshCache(Cookie cookie, UpdateIdentity[] globalIDs, string deviceAttributes);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetExtendedUpdateInfo", ReplyAction = Actions.Prefix + "GetExtendedUpdateInfoResponse")]
        ExtendedUpdateInfo GetExtendedUpdateInfo(Cookie cookie, int[] revisionIDs, XmlUpdateFragmentType[] infoTypes, string[] locales, string deviceAttributes);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetExtendedUpdateInfo2", ReplyAction = Actions.Prefix + "GetExtendedUpdateInfo2Response")]
        ExtendedUpdateInfo2 GetExtendedUpdateInfo2(Cookie cookie, UpdateIdentity[] updateIDs, XmlUpdateFragmentType[] infoTypes, string[] locales, string deviceAttributes);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetFileLocations", ReplyAction = Actions.Prefix + "GetFileLocationsResponse")]
        GetFileLocationsResults GetFileLocations(Cookie cookie, byte[][] fileDigests);

        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "GetTimestamps", ReplyAction = Actions.Prefix + "GetTimestampsResponse")]
        byte[][] GetTimestamps(DateTime[] timestamps);
    }

    // Not implemented by the server.
    [ServiceContract(Namespace = Namespaces.ClientWebService, Name = "ClientWebService")]
    public interface IUnknownOperations
    {
        [XmlSerializerFormat]
        [OperationContract(Action = Actions.Prefix + "NoSuchOperation", ReplyAction = "*")]
        void NoSuchOperation(Cookie cookie);
    }

    public static class Actions
    {
        public const string Prefix = Namespaces.ClientWebService + "/";
    }

    public static class Bindings
    {
        public static Binding Named(string name)
        {
            switch (name)
            {
                case "text":
                    return new BasicHttpBinding();
                case "soap12":
                    return new CustomBinding(
                        new TextMessageEncodingBindingElement(MessageVersion.Soap12WSAddressing10, Encoding.UTF8),
                        new HttpTransportBindingElement());
                case "binary":
                    return new CustomBinding(new BinaryMessageEncodingBindingElement(), new HttpTransportBindingElement());
                default:
                    throw new ArgumentException("no binding named " + name);
            }
        }
    }
}
