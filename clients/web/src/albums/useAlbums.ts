import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import { type Client, type ListAlbumPhotosResponse, type Photo, PhotoService } from "@dongbaejul/client";
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useClient } from "../club/client";
import { itemsOf } from "../club/queries";

const albumsAtOnce = 24;
const photosAtOnce = 48;

/** Returns the typed calls of PhotoService. Only the pages of this folder load them. */
export function usePhotoCalls(): Client["photos"] {
  const client = useClient();
  return useMemo(() => client.service(PhotoService), [client]);
}

/** Reads the albums, page by page. */
export function useAlbums() {
  const list = useInfiniteQuery(
    PhotoService.method.listAlbums,
    { limit: albumsAtOnce, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  return { list, albums: list.data && itemsOf(list.data.pages, (page) => page.albums), syncStatus: list.data?.pages[0]?.syncStatus };
}

/** Reads the photos of an album, page by page. */
export function usePhotos(albumId: string) {
  const { transport } = useClient();
  const queries = useQueryClient();
  const list = useInfiniteQuery(
    PhotoService.method.listAlbumPhotos,
    { albumId, limit: photosAtOnce, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  return {
    list,
    photos: list.data && itemsOf(list.data.pages, (page) => page.photos),
    total: list.data?.pages[0]?.pagination?.total ?? 0,
    /** Removes a hidden photo from the lists that were read. */
    forget: ({ id }: Photo) =>
      queries.setQueriesData(
        { queryKey: createConnectQueryKey({ schema: PhotoService.method.listAlbumPhotos, transport, cardinality: "infinite" }) },
        (lists: InfiniteData<ListAlbumPhotosResponse> | undefined) =>
          lists && { ...lists, pages: lists.pages.map((page) => without(page, id)) },
      ),
  };
}

function without(page: ListAlbumPhotosResponse, id: string): ListAlbumPhotosResponse {
  const { pagination, photos } = page;
  return {
    ...page,
    photos: photos.filter((photo) => photo.id !== id),
    ...(pagination ? { pagination: { ...pagination, total: Math.max(0, pagination.total - 1) } } : {}),
  };
}
